#include "runtime/topic_table.hpp"

#include <algorithm>

namespace vaquero {

topic_table::subscribed topic_table::subscribe(process& who, std::string_view filter,
                                               delivery receive) {
  auto& mine = subscribers_[&who];
  if (!mine) mine = std::make_unique<topic_subscriber>();
  auto* known = directory_.find(site_, filter);
  if (auto* at = known ? find(*mine, *known) : nullptr) {
    known->entries[at->index].receive = receive;
    return {false, 0, {}};
  }
  if (mine->places.size() >= directory_.bounds().subscriptions_max)
    throw topic_limit{"system_limit: a process may have " +
                      std::to_string(directory_.bounds().subscriptions_max) + " subscriptions"};
  auto made = directory_.join(site_, filter);
  auto& list = *made.list;
  const auto place = static_cast<std::uint32_t>(mine->places.size());
  try {
    mine->places.push_back({&list, static_cast<std::uint32_t>(list.entries.size())});
    list.entries.push_back({&who, mine.get(), made.since, place, receive});
  } catch (...) {
    if (mine->places.size() > place) mine->places.pop_back();
    directory_.part(list);
    throw;
  }
  list.newest_since = made.since;
  return {true, made.since, std::move(made.last)};
}

bool topic_table::unsubscribe(process& who, std::string_view filter) {
  const auto mine = subscribers_.find(&who);
  auto* list = mine == subscribers_.end() ? nullptr : directory_.find(site_, filter);
  auto* at = list ? find(*mine->second, *list) : nullptr;
  if (!at) return false;
  auto& places = mine->second->places;
  erase_entry(*at);
  if (at != &places.back()) {
    *at = places.back();
    at->list->entries[at->index].place = static_cast<std::uint32_t>(at - places.data());
  }
  places.pop_back();
  if (places.empty()) subscribers_.erase(mine);
  directory_.part(*list);
  return true;
}

void topic_table::forget(process& who) {
  const auto mine = subscribers_.extract(&who);
  if (mine.empty()) return;
  for (const auto& each : mine.mapped()->places) {
    erase_entry(each);
    directory_.part(*each.list);
  }
}

// In the shorter of the two lists that it would stand in.
topic_subscriber::place* topic_table::find(topic_subscriber& who, topic_list& list) {
  if (who.places.size() <= list.entries.size()) {
    const auto at = std::ranges::find(who.places, &list, &topic_subscriber::place::list);
    return at == who.places.end() ? nullptr : &*at;
  }
  const auto at = std::ranges::find(list.entries, &who, &topic_list::entry::subscriber);
  return at == list.entries.end() ? nullptr : &who.places[at->place];
}

// The last entry takes its place.
void topic_table::erase_entry(topic_subscriber::place at) {
  auto& entries = at.list->entries;
  entries[at.index] = entries.back();
  auto& moved = entries[at.index];
  moved.subscriber->places[moved.place].index = at.index;
  entries.pop_back();
}

} // namespace vaquero
