// Locks the topic of one filter. Private to the sources of the directory.
#pragma once

#include "runtime/topic_directory.hpp"

namespace vaquero {

class topic_directory::guard {
 public:
  enum class purpose : std::uint8_t {
    look,
    change, // of a filter with wildcards: nothing may be published meanwhile
  };

  guard(topic_directory& all, std::string_view filter, std::size_t hash, purpose what)
      : all_(all), hash_(hash), is_wild_(has_wildcards(filter)),
        takes_all_(is_wild_ && what == purpose::change) {
    if (!takes_all_)
      all_.shard_of(hash_).mutex.lock();
    else
      for (auto& each : all_.shards_)
        each.mutex.lock();
  }
  guard(topic_directory& all, const topic& of) : guard(all, of.name, of.hash, purpose::change) {}
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;
  ~guard() {
    if (!takes_all_)
      all_.shard_of(hash_).mutex.unlock();
    else
      for (auto& each : all_.shards_)
        each.mutex.unlock();
  }

  /// Null if there is none.
  std::shared_ptr<topic> find(std::string_view filter) const {
    if (is_wild_) return all_.wildcards_.find(filter);
    const auto& topics = all_.shard_of(hash_).topics;
    const auto found = topics.find(key{filter, hash_});
    return found == topics.end() ? nullptr : found->second;
  }

  topic& find_or_make(std::string_view filter) const {
    if (auto known = find(filter)) return *known;
    auto made = std::make_shared<topic>(filter, hash_);
    if (is_wild_) {
      all_.wildcards_.insert(made);
      ++all_.wildcard_count_;
    } else {
      all_.shard_of(hash_).topics.emplace(key{made->name, hash_}, made);
    }
    return *made;
  }

 private:
  topic_directory& all_;
  std::size_t hash_;
  bool is_wild_;
  bool takes_all_;
};

} // namespace vaquero
