// Who is subscribed, and who hears of it. What is published is in topic_publishing.cpp.
#include "runtime/topic_directory.hpp"

#include "runtime/detail/topic_guard.hpp"
#include "runtime/node.hpp"
#include "runtime/process.hpp"
#include "runtime/topic_site.hpp"

#include <algorithm>

namespace vaquero {

// -- counts -------------------------------------------------------------------------------------------

// With the watchers' lock inside the topic's, so that all hear of one topic in the order in which it happens.
template <class Event>
void topic_directory::tell(const topic& about) {
  if (watcher_count_.load(std::memory_order_relaxed) == 0) return;
  std::lock_guard lock{watchers_mutex_};
  for (const auto& each : watchers_)
    each.who->enqueue(nullptr, caf::make_message_id(),
                      caf::make_message(Event{about.name, each.ref}), nullptr);
}

void topic_directory::add_one(topic& to) {
  if (to.count++ == 0) tell<topic_opened>(to);
}

void topic_directory::remove_one(topic& from) {
  if (--from.count != 0) return;
  tell<topic_closed>(from);
  drop_if_unused(from);
}

void topic_directory::drop_if_unused(const topic& which) {
  if (which.count != 0 || !which.last.empty()) return;
  if (has_wildcards(which.name)) {
    wildcards_.erase(which.name);
    --wildcard_count_;
  } else {
    auto& topics = shard_of(which.hash).topics;
    topics.erase(topics.find(key{which.name, which.hash}));
  }
}

// -- sites --------------------------------------------------------------------------------------------

topic_directory::joined topic_directory::join(topic_site& site, std::string_view filter) {
  guard lock{*this, filter, topic_hash{}(filter), guard::purpose::change};
  auto& to = lock.find_or_make(filter);
  auto& list = to.make_list_of(site);
  ++list.count;
  add_one(to);
  return {&list, number_.load(), last_values(to)};
}

void topic_directory::part(topic_list& from) {
  guard lock{*this, from.of};
  --from.count;
  remove_one(from.of);
}

topic_list* topic_directory::find(const topic_site& site, std::string_view filter) {
  guard lock{*this, filter, topic_hash{}(filter), guard::purpose::look};
  const auto found = lock.find(filter);
  auto* list = found ? found->list_of(site) : nullptr;
  return list && list->count != 0 ? list : nullptr;
}

// -- processes on no loop -------------------------------------------------------------------------------

bool topic_directory::subscribe(process& who, std::string_view filter,
                                const subscription_options& how) {
  check_topic_filter(filter, bounds_);
  who.note_topics();
  if (auto* site = who.subscribes_at()) return site->subscribe(who, filter, how);
  const auto hash = topic_hash{}(filter);
  guard lock{*this, filter, hash, guard::purpose::change};
  const auto known = lock.find(filter);
  if (known && known->processes.contains(&who)) return false;
  {
    std::lock_guard list_lock{processes_mutex_};
    auto& mine = of_process_[&who];
    if (mine.size() >= bounds_.subscriptions_max)
      throw topic_limit{"system_limit: a process may have " +
                        std::to_string(bounds_.subscriptions_max) + " subscriptions"};
    mine.push_back(&lock.find_or_make(filter));
  }
  auto& to = lock.find_or_make(filter);
  to.processes.insert(&who);
  add_one(to);
  // With the lock: nothing newer can come before these.
  for (const auto& each : last_values(to))
    who.enqueue(nullptr, caf::make_message_id(), each->message(), nullptr);
  return true;
}

bool topic_directory::unsubscribe(process& who, std::string_view filter) {
  check_topic_filter(filter, bounds_);
  if (auto* site = who.subscribes_at()) return site->unsubscribe(who, filter);
  guard lock{*this, filter, topic_hash{}(filter), guard::purpose::change};
  const auto from = lock.find(filter);
  if (!from || from->processes.erase(&who) == 0) return false;
  {
    std::lock_guard list_lock{processes_mutex_};
    auto& mine = of_process_[&who];
    mine.erase(std::ranges::find(mine, from.get()));
  }
  remove_one(*from);
  return true;
}

void topic_directory::forget(process& who) {
  if (auto* site = who.subscribes_at()) site->forget(who);
  std::unordered_map<process*, std::vector<topic*>>::node_type mine;
  {
    std::lock_guard lock{processes_mutex_};
    mine = of_process_.extract(&who);
  }
  if (mine)
    for (auto* each : mine.mapped()) {
      guard lock{*this, *each};
      each->processes.erase(&who);
      remove_one(*each);
    }
  std::lock_guard lock{watchers_mutex_};
  watcher_count_ -= std::erase_if(watchers_, [&](const watcher& x) { return x.who == &who; });
}

// -- watchers -------------------------------------------------------------------------------------------

monitor_ref topic_directory::monitor(process& who) {
  who.note_topics();
  const auto ref = home_.next_monitor_ref();
  std::lock_guard lock{watchers_mutex_};
  watchers_.push_back({ref, &who});
  ++watcher_count_;
  return ref;
}

bool topic_directory::demonitor(const process& who, monitor_ref ref) {
  std::lock_guard lock{watchers_mutex_};
  const auto removed =
      std::erase_if(watchers_, [&](const watcher& x) { return x.ref == ref && x.who == &who; });
  watcher_count_ -= removed;
  return removed != 0;
}

// -- what there is --------------------------------------------------------------------------------------

std::optional<topic_info> topic_directory::info(std::string_view filter) {
  check_topic_filter(filter, bounds_);
  guard lock{*this, filter, topic_hash{}(filter), guard::purpose::look};
  const auto found = lock.find(filter);
  if (!found) return std::nullopt;
  std::uint64_t bytes = 0;
  for (const auto& [slot, value] : found->last)
    bytes += value.what->held();
  return topic_info{.subscribers = found->count,
                    .published = found->published.load(),
                    .dropped = found->dropped.load(),
                    .retained = found->last.size(),
                    .retained_bytes = bytes};
}

std::vector<std::string> topic_directory::open_topics() {
  std::vector<std::string> names;
  auto take = [&](const topic& each) {
    if (each.count != 0) names.push_back(each.name);
  };
  for (auto& each : shards_) {
    std::lock_guard lock{each.mutex};
    for (const auto& [name, found] : each.topics)
      take(*found);
  }
  std::lock_guard lock{shards_.front().mutex};
  for (const auto& each : wildcards_.all())
    take(*each);
  return names;
}

} // namespace vaquero
