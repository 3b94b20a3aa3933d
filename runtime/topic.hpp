// A filter that somebody is subscribed to, or a name that keeps last values. It lies in the directory of
// its node, under whose locks it is changed; postings on their way keep it longer. The entries of a loop's
// list are that loop's, so that they are walked and changed without a lock.
#pragma once

#include "runtime/topic_options.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace vaquero {

class process;
class publication;
class topic;
class topic_site;
struct topic_subscriber;

/// Those of one loop who are subscribed to one topic.
struct topic_list {
  struct entry {
    process* who;
    topic_subscriber* subscriber;
    std::uint64_t since; // postings up to this number are not for it
    std::uint32_t place; // among what the subscriber is subscribed to
    delivery receive;
  };

  topic_list(topic& what, topic_site& where) : of(what), site(where) {}

  topic& of;
  topic_site& site;
  topic_list* next = nullptr; // does not change any more
  std::size_t count = 0;      // with the lock: of subscriptions, one that is being made among them

  // The loop's thread only.
  std::vector<entry> entries;
  std::uint64_t newest_since = 0;
};

class topic {
 public:
  topic(std::string_view spelt, std::size_t hash_of_it) : name(spelt), hash(hash_of_it) {}
  ~topic();
  topic(const topic&) = delete;
  topic& operator=(const topic&) = delete;

  /// In no order. Any thread: lists are added in front, and never removed.
  topic_list* first_list() const noexcept { return lists_.load(std::memory_order_acquire); }
  /// nullptr if the site never had one.
  topic_list* list_of(const topic_site& site) const noexcept {
    auto* each = first_list();
    while (each && &each->site != &site)
      each = each->next;
    return each;
  }

  const std::string name; // as its first subscriber, or publisher, spelt it
  const std::size_t hash;
  std::atomic<std::uint64_t> published = 0;
  std::atomic<std::uint64_t> dropped = 0;

  // With the lock that guards the topic.
  struct value {
    std::shared_ptr<const publication> what;
    std::uint64_t number;
  };
  topic_list& make_list_of(topic_site& site);
  std::size_t count = 0;                          // of subscriptions
  std::unordered_set<process*> processes;         // subscribed, and on no loop
  std::map<std::string, value, std::less<>> last; // values, by key

 private:
  std::atomic<topic_list*> lists_ = nullptr;
};

} // namespace vaquero
