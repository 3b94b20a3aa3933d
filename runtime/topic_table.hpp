// The subscriptions of one site: who of its processes gets a posting. It does no I/O, and belongs to the
// thread of its site; the counts lie in the directory. A process that has no subscription costs nothing,
// one that has some 50 bytes for each.
#pragma once

#include "runtime/topic_directory.hpp"

#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vaquero {

/// What one process is subscribed to.
struct topic_subscriber {
  struct place {
    topic_list* list;
    std::uint32_t index; // of its entry
  };
  std::vector<place> places;
  std::uint64_t seen = 0; // the last posting of several topics that it got
};

class topic_table {
 public:
  topic_table(topic_directory& directory, topic_site& site) : directory_(directory), site_(site) {}
  topic_table(const topic_table&) = delete;
  topic_table& operator=(const topic_table&) = delete;

  struct subscribed {
    bool is_new;         // false: only the way to receive changed
    std::uint64_t since; // of a new one: postings up to this number are older than it
    std::vector<std::shared_ptr<const publication>> last; // values for it, the oldest first
  };

  /// Throws topic_limit.
  subscribed subscribe(process& who, std::string_view filter, delivery receive);
  /// False if it was not subscribed to exactly this.
  bool unsubscribe(process& who, std::string_view filter);
  void forget(process& who);

  /// The site's list where that is the only one that the posting matches; nullptr else.
  topic_list* only_list(const posting& what) const noexcept {
    return what.matched.size() == 1 ? what.matched.front()->list_of(site_) : nullptr;
  }

  /// Calls `deliver` with an entry and its list once for each process that the posting is for. Of a
  /// process's several that match, it is one that receives as a message, if any does. Nothing may be
  /// subscribed or unsubscribed meanwhile.
  template <class Deliver>
  void for_each(const posting& what, Deliver&& deliver);

  /// Whether the entry, of a topic that matches, is to get it.
  static bool is_for(const posting& what, const topic_list::entry& entry) noexcept {
    return what.number > entry.since && entry.who != what.excepted;
  }

  /// How many it has.
  std::size_t subscription_count(const process& who) const {
    const auto mine = subscribers_.find(&who);
    return mine == subscribers_.end() ? 0 : mine->second->places.size();
  }

  /// How many processes have subscriptions.
  std::size_t subscriber_count() const noexcept { return subscribers_.size(); }

 private:
  static topic_subscriber::place* find(topic_subscriber& who, topic_list& list);
  static void erase_entry(topic_subscriber::place at);

  topic_directory& directory_;
  topic_site& site_;
  std::unordered_map<const process*, std::unique_ptr<topic_subscriber>> subscribers_;
};

template <class Deliver>
void topic_table::for_each(const posting& what, Deliver&& deliver) {
  if (what.matched.size() == 1) {
    if (auto* list = only_list(what))
      for (const auto& entry : list->entries)
        if (is_for(what, entry)) deliver(entry, *list);
    return;
  }
  for (const auto receive : {delivery::as_message, delivery::straight}) {
    for (const auto& each : what.matched) {
      auto* list = each->list_of(site_);
      if (!list) continue;
      for (const auto& entry : list->entries) {
        if (entry.receive != receive || !is_for(what, entry)) continue;
        if (std::exchange(entry.subscriber->seen, what.number) != what.number)
          deliver(entry, *list);
      }
    }
  }
}

} // namespace vaquero
