#include "runtime/topic_trie.hpp"

#include "runtime/topic_name.hpp"

#include <functional>
#include <unordered_map>

namespace vaquero {

struct topic_trie::node {
  struct hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  bool is_empty() const noexcept { return children.empty() && !here; }

  const node* child(std::string_view level) const {
    const auto found = children.find(level);
    return found == children.end() ? nullptr : found->second.get();
  }

  static void take(const node* from, std::vector<std::shared_ptr<topic>>& found) {
    if (from && from->here) found.push_back(from->here);
  }

  void match(topic_levels rest, std::vector<std::shared_ptr<topic>>& found) const {
    take(any_rest, found); // the rest may be none
    if (!rest.has_more()) return take(this, found);
    const auto level = rest.next();
    if (const auto* next = child(level)) next->match(rest, found);
    if (any_level) any_level->match(rest, found);
  }

  /// Returns whether nothing is left.
  bool erase(topic_levels rest) {
    if (!rest.has_more()) {
      here.reset();
    } else {
      const auto found = children.find(rest.next());
      if (found != children.end() && found->second->erase(rest)) children.erase(found);
      any_level = child("+");
      any_rest = child("#");
    }
    return is_empty();
  }

  void collect(std::vector<std::shared_ptr<topic>>& found) const {
    take(this, found);
    for (const auto& [level, next] : children)
      next->collect(found);
  }

  std::unordered_map<std::string, std::unique_ptr<node>, hash, std::equal_to<>> children;
  const node* any_level = nullptr; // the child of `+`
  const node* any_rest = nullptr;  // and of `#`
  std::shared_ptr<topic> here;
};

topic_trie::topic_trie() : root_(std::make_unique<node>()) {}
topic_trie::~topic_trie() = default;

std::shared_ptr<topic> topic_trie::find(std::string_view filter) const {
  const auto* at = root_.get();
  for (topic_levels levels{filter}; at && levels.has_more();)
    at = at->child(levels.next());
  return at ? at->here : nullptr;
}

void topic_trie::insert(const std::shared_ptr<topic>& added) {
  auto* at = root_.get();
  for (topic_levels levels{added->name}; levels.has_more();) {
    const auto level = levels.next();
    auto found = at->children.find(level);
    if (found == at->children.end())
      found = at->children.emplace(level, std::make_unique<node>()).first;
    if (level == "+") at->any_level = found->second.get();
    if (level == "#") at->any_rest = found->second.get();
    at = found->second.get();
  }
  at->here = added;
}

void topic_trie::erase(std::string_view filter) { root_->erase(topic_levels{filter}); }

void topic_trie::match(std::string_view name, std::vector<std::shared_ptr<topic>>& found) const {
  root_->match(topic_levels{name}, found);
}

std::vector<std::shared_ptr<topic>> topic_trie::all() const {
  std::vector<std::shared_ptr<topic>> found;
  root_->collect(found);
  return found;
}

} // namespace vaquero
