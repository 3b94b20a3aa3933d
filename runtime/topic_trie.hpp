// The filters with wildcards of a node, by their levels: what a name matches is found by walking down its
// levels, and beside each of them down `+`. Not thread-safe: who changes it excludes the others.
#pragma once

#include "runtime/topic.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace vaquero {

class topic_trie {
 public:
  topic_trie();
  ~topic_trie();
  topic_trie(const topic_trie&) = delete;
  topic_trie& operator=(const topic_trie&) = delete;

  /// The topic of exactly this filter; null if there is none.
  std::shared_ptr<topic> find(std::string_view filter) const;
  void insert(const std::shared_ptr<topic>& added);
  void erase(std::string_view filter);

  /// Appends those that match this name.
  void match(std::string_view name, std::vector<std::shared_ptr<topic>>& found) const;

  std::vector<std::shared_ptr<topic>> all() const;

 private:
  struct node;

  std::unique_ptr<node> root_;
};

} // namespace vaquero
