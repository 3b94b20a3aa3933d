#include "net/loop_topics.hpp"

#include "net/connection.hpp"
#include "net/loop.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace vaquero {

namespace {

// So many bytes that wait for the end of the turn are delivered at once, and together.
constexpr std::size_t together_bytes_max = 256 * 1024;

const data_publication* data_of(const publication& what) {
  return dynamic_cast<const data_publication*>(&what);
}
const data_publication* data_of(const posting& what) { return data_of(*what.what); }

} // namespace

subscribing_site* loop_process::subscribes_at() noexcept { return &home_loop().topics(); }

loop_topics::loop_topics(loop& home) : home_(home), table_(home.services().home.topics(), *this) {}

// -- subscribers ------------------------------------------------------------------------------------------

bool loop_topics::subscribe(process& who, std::string_view filter,
                            const subscription_options& how) {
  auto* to = connection::from(who);
  if (to && how.receive == delivery::straight) to->require_open();
  auto made = table_.subscribe(who, filter, to ? how.receive : delivery::as_message);
  // By another filter it may be owed what is older than the last values, and what others have published since.
  catch_up_to(made.since);
  delivering last_values{*this};
  for (const auto& each : made.last) {
    const auto* data = data_of(*each);
    if (to && data && how.receive == delivery::straight) {
      frame_forms forms{{data}};
      to->queue_published(forms);
    } else {
      who.enqueue(nullptr, caf::make_message_id(), each->message(), &home_);
    }
  }
  return made.is_new;
}

bool loop_topics::unsubscribe(process& who, std::string_view filter) {
  catch_up(); // what was published before is for it
  return table_.unsubscribe(who, filter);
}

void loop_topics::forget(process& who) { table_.forget(who); }

bool loop_topics::puts_off(process& who, const std::function<void()>& command) {
  auto* self = connection::from(who);
  return self && self->put_off(command);
}

// -- postings ---------------------------------------------------------------------------------------------

bool loop_topics::has_room(std::size_t bytes) const noexcept {
  const auto waiting = waiting_bytes_.load(std::memory_order_relaxed);
  return waiting == 0 ||
         waiting + bytes <= home_.services().home.topics().bounds().waiting_bytes_max;
}

void loop_topics::take(std::shared_ptr<const posting> what) {
  waiting_bytes_ += what->what->held();
  {
    std::lock_guard lock{mutex_};
    waiting_.push_back(std::move(what));
  }
  is_behind_ = true;
  home_.wake_up();
}

// What it sends to itself from now on comes behind what it has published.
void loop_topics::has_published(process& who) {
  const auto* self = connection::from(who);
  if ((self && self->has_output()) || waiting_bytes_ > together_bytes_max) catch_up();
}

// Each publisher's numbers rise, so that its publications keep their order.
void loop_topics::catch_up_to(std::uint64_t number) {
  if (!is_behind() || is_delivering_) return;
  delivering all{*this};
  is_behind_ = false;
  taken_.clear(); // of a delivery that threw: what is left of it is lost, and does not come again
  {
    std::lock_guard lock{mutex_};
    taken_.swap(waiting_);
    const auto newer =
        std::stable_partition(taken_.begin(), taken_.end(),
                              [number](const auto& each) { return each->number <= number; });
    waiting_.assign(std::move_iterator{newer}, std::move_iterator{taken_.end()});
    taken_.erase(newer, taken_.end());
    if (!waiting_.empty()) is_behind_ = true;
    for (const auto& each : taken_)
      waiting_bytes_ -= each->what->held();
  }
  deliver(taken_);
  taken_.clear();
}

void loop_topics::deliver(const postings& all) {
  if (auto* list = common_list(all)) return deliver_together(all, *list);
  for (const auto& each : all)
    deliver_one(*each, all.size() == 1);
}

/// The list to which all of them go, to all who are in it, as frames; nullptr if there is none such.
topic_list* loop_topics::common_list(const postings& all) const {
  if (all.empty()) return nullptr;
  auto* list = table_.only_list(*all.front());
  if (!list || list->newest_since >= all.front()->number) return nullptr;
  for (const auto& each : all)
    if (table_.only_list(*each) != list || each->excepted || !data_of(*each)) return nullptr;
  return list;
}

// What is sent to a connection for which nothing waits takes no buffer of its own.
void loop_topics::deliver_together(const postings& all, topic_list& list) {
  std::vector<const data_publication*> publications;
  for (const auto& each : all)
    publications.push_back(data_of(*each));
  frame_forms forms{std::move(publications)};
  std::uint64_t dropped = 0;
  for (const auto& entry : list.entries) {
    if (entry.receive == delivery::straight) [[likely]]
      dropped += static_cast<connection*>(entry.who)->send_published(forms);
    else
      for (const auto& each : all)
        send_message(*entry.who, *each);
  }
  if (dropped != 0) list.of.dropped += dropped;
}

/// With others behind it, it only is put with what its receivers send at the end of the turn.
void loop_topics::deliver_one(const posting& what, bool is_only) {
  const auto* data = data_of(what);
  if (!data)
    return table_.for_each(what, [&](const auto& entry, auto&) { send_message(*entry.who, what); });
  frame_forms forms{{data}};
  table_.for_each(what, [&](const topic_list::entry& entry, topic_list& list) {
    if (entry.receive == delivery::as_message) return send_message(*entry.who, what);
    auto& to = static_cast<connection&>(*entry.who);
    list.of.dropped += is_only ? to.send_published(forms) : to.queue_published(forms);
  });
}

void loop_topics::send_message(process& to, const posting& what) {
  to.enqueue(what.sender, caf::make_message_id(), what.what->message(), &home_);
}

} // namespace vaquero
