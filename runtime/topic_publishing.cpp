// The directory's other half: what is published, and what is kept of it.
#include "runtime/detail/topic_guard.hpp"
#include "runtime/process.hpp"
#include "runtime/topic_directory.hpp"
#include "runtime/topic_site.hpp"

#include <algorithm>

namespace vaquero {

// -- publishing -----------------------------------------------------------------------------------------

void topic_directory::publish(const std::shared_ptr<posting>& what, retain_policy how) {
  const auto& name = what->what->topic();
  check_topic_name(name, bounds_);
  garbage late;
  const auto hash = topic_hash{}(name);
  guard lock{*this, name, hash, guard::purpose::look};
  if (auto exact = lock.find(name)) what->matched.push_back(std::move(exact));
  if (wildcard_count_ != 0) wildcards_.match(name, what->matched);
  what->number = number_.fetch_add(1) + 1;
  const auto sites = sites_of(*what);
  for (const auto* each : sites)
    if (!each->has_room(what->what->held()))
      throw topic_limit{"system_limit: " + std::to_string(bounds_.waiting_bytes_max) +
                        " bytes of publications wait for a loop that does not take them"};
  if (how != retain_policy::none) keep(lock, *what, how, late);
  for (const auto& each : what->matched)
    each->published.fetch_add(1, std::memory_order_relaxed);
  send_to_processes(*what);
  for (auto* each : sites)
    each->take(what);
}

/// Each once.
std::vector<topic_site*> topic_directory::sites_of(const posting& what) {
  std::vector<topic_site*> sites;
  for (const auto& each : what.matched)
    for (const auto* list = each->first_list(); list; list = list->next)
      if (list->count != 0 && std::ranges::find(sites, &list->site) == sites.end())
        sites.push_back(&list->site);
  return sites;
}

void topic_directory::send_to_processes(const posting& what) {
  auto* running = process::current();
  auto send = [&](process* to) {
    if (to == what.excepted) return;
    to->enqueue(what.sender, caf::make_message_id(), what.what->message(),
                running ? running->context() : nullptr);
  };
  if (what.matched.size() == 1) {
    for (auto* each : what.matched.front()->processes)
      send(each);
    return;
  }
  std::unordered_set<process*> all;
  for (const auto& each : what.matched)
    all.insert(each->processes.begin(), each->processes.end());
  for (auto* each : all)
    send(each);
}

// -- last values ----------------------------------------------------------------------------------------

void topic_directory::keep(const guard& lock, const posting& what, retain_policy how,
                           garbage& late) {
  const auto& fresh = what.what;
  const auto slot = how == retain_policy::keep_last ? std::string_view{} : fresh->key();
  const auto known = lock.find(fresh->topic());
  if (fresh->clears()) {
    if (known) clear(*known, slot, late);
    return;
  }
  const auto old = known ? known->last.find(slot) : decltype(known->last.end()){};
  const bool replaces = known && old != known->last.end();
  const auto held_before = replaces ? old->second.what->held() : 0;
  const auto more = fresh->held() - held_before; // may wrap
  // First added, then looked at: other names are kept at the same time.
  const auto count = kept_ += replaces ? 0 : 1;
  const auto bytes = kept_bytes_ += more;
  // What does not grow is not refused: another's attempt may stand above the bound for a moment.
  if ((!replaces && count > bounds_.retained_max) ||
      (fresh->held() > held_before && bytes > bounds_.retained_bytes_max)) {
    kept_ -= replaces ? 0 : 1;
    kept_bytes_ -= more;
    throw topic_limit{"system_limit: " + std::to_string(bounds_.retained_max) + " last values of " +
                      std::to_string(bounds_.retained_bytes_max) + " bytes together may be kept"};
  }
  auto& of = lock.find_or_make(fresh->topic());
  auto& value = of.last[std::string{slot}];
  late.push_back(std::exchange(value, {fresh, what.number}));
  shard_of(of.hash).keeping.insert(&of);
}

/// The values of this slot, or all.
bool topic_directory::clear(topic& of, std::optional<std::string_view> slot, garbage& late) {
  bool any = false;
  for (auto each = of.last.begin(); each != of.last.end();) {
    if (slot && each->first != *slot) {
      ++each;
      continue;
    }
    --kept_;
    kept_bytes_ -= each->second.what->held();
    late.push_back(std::move(each->second));
    each = of.last.erase(each);
    any = true;
  }
  if (any && of.last.empty()) {
    shard_of(of.hash).keeping.erase(&of);
    drop_if_unused(of);
  }
  return any;
}

bool topic_directory::forget_last(std::string_view name, std::optional<std::string_view> slot) {
  check_topic_name(name, bounds_);
  garbage late;
  guard lock{*this, name, topic_hash{}(name), guard::purpose::change};
  const auto found = lock.find(name);
  return found && clear(*found, slot, late);
}

// With all locks where the filter has wildcards.
std::vector<std::shared_ptr<const publication>>
topic_directory::last_values(const topic& of) const {
  std::vector<topic::value> values;
  auto take = [&](const topic& from) {
    for (const auto& [slot, value] : from.last)
      values.push_back(value);
  };
  if (!has_wildcards(of.name))
    take(of);
  else
    for (const auto& in : shards_)
      for (const auto* each : in.keeping)
        if (topic_matches(of.name, each->name)) take(*each);
  std::ranges::sort(values, {}, &topic::value::number);
  std::vector<std::shared_ptr<const publication>> result;
  for (auto& each : values)
    result.push_back(std::move(each.what));
  return result;
}

} // namespace vaquero
