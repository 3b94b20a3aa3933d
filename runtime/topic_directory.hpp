// The topics of a node: who is subscribed to what, and what they keep. Names lie in shards by their hash,
// with a lock each; filters with wildcards in one trie, which is not touched while there are none. Whoever
// publishes holds the lock of the name until the posting lies with every site, so that all see the postings of
// one topic in one order. Whoever changes a filter with wildcards holds all locks. Any thread.
#pragma once

#include "runtime/publication.hpp"
#include "runtime/topic_name.hpp"
#include "runtime/topic_trie.hpp"
#include "runtime/topics.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace vaquero {

class topic_site;

class topic_directory {
 public:
  topic_directory(node& home, const topic_options& bounds) : home_(home), bounds_(bounds) {}
  topic_directory(const topic_directory&) = delete;
  topic_directory& operator=(const topic_directory&) = delete;

  const topic_options& bounds() const noexcept { return bounds_; }

  // -- a site, for one of its processes ---------------------------------------------------------------

  struct joined {
    topic_list* list;
    std::uint64_t since;                                  // the last number before it
    std::vector<std::shared_ptr<const publication>> last; // values, the oldest first
  };

  /// Counts one subscription more; the entry is made by the site.
  joined join(topic_site& site, std::string_view filter);

  /// Counts one less.
  void part(topic_list& from);

  /// The site's list for exactly this filter; nullptr if it has no subscription there.
  topic_list* find(const topic_site& site, std::string_view filter);

  // -- the process that runs --------------------------------------------------------------------------

  bool subscribe(process& who, std::string_view filter, const subscription_options& how);
  bool unsubscribe(process& who, std::string_view filter);
  monitor_ref monitor(process& who);
  bool demonitor(const process& who, monitor_ref ref);

  /// It has ended: takes it out of everything.
  void forget(process& who);

  // -- publishing -------------------------------------------------------------------------------------

  /// Throws, with nothing done, what vaquero::publish does.
  void publish(const std::shared_ptr<posting>& what, retain_policy keep);

  /// Without a key: all of the topic.
  bool forget_last(std::string_view topic_name, std::optional<std::string_view> key);

  // -- what there is ------------------------------------------------------------------------------------

  std::optional<topic_info> info(std::string_view filter);
  std::vector<std::string> open_topics();

 private:
  struct key {
    std::string_view name;
    std::size_t hash;
  };
  struct key_hash {
    std::size_t operator()(const key& of) const noexcept { return of.hash; }
  };
  struct key_equal {
    bool operator()(const key& x, const key& y) const noexcept {
      return x.hash == y.hash && same_topic{}(x.name, y.name);
    }
  };
  // A wildcard subscription takes all of them, and ThreadSanitizer follows 64 locks.
  static constexpr std::size_t shard_count = 32;
  struct alignas(64) shard {
    std::mutex mutex;
    std::unordered_map<key, std::shared_ptr<topic>, key_hash, key_equal> topics;
    std::unordered_set<topic*> keeping; // those of them that keep last values
  };
  struct watcher {
    monitor_ref ref;
    process* who;
  };
  class guard;                               // of one topic; see detail/topic_guard.hpp
  using garbage = std::vector<topic::value>; // destroyed when no lock is held

  static key key_of(std::string_view name) { return {name, topic_hash{}(name)}; }
  shard& shard_of(std::size_t hash) noexcept { return shards_[hash / 64 % shard_count]; }

  // With the topic's lock.
  void add_one(topic& to);
  void remove_one(topic& from);
  void drop_if_unused(const topic& which);
  std::vector<std::shared_ptr<const publication>> last_values(const topic& of) const;
  void keep(const guard& lock, const posting& what, retain_policy how, garbage& late);
  static std::vector<topic_site*> sites_of(const posting& what);
  static void send_to_processes(const posting& what);
  bool clear(topic& of, std::optional<std::string_view> slot, garbage& late);
  template <class Event>
  void tell(const topic& about);

  node& home_;
  const topic_options bounds_;
  std::array<shard, shard_count> shards_;
  std::atomic<std::uint64_t> number_ = 0;
  std::atomic<std::size_t> kept_ = 0;
  std::atomic<std::size_t> kept_bytes_ = 0;

  // Changed with the locks of all shards, read with any of them: no reader is in a writer's way for longer
  // than for one publication.
  topic_trie wildcards_;
  std::size_t wildcard_count_ = 0; // of filters

  std::mutex processes_mutex_; // behind all of the above, as the next
  std::unordered_map<process*, std::vector<topic*>> of_process_;
  std::mutex watchers_mutex_;
  std::vector<watcher> watchers_;
  std::atomic<std::size_t> watcher_count_ = 0;
};

} // namespace vaquero
