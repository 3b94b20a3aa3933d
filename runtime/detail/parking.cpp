#include "runtime/detail/parking.hpp"

#include "runtime/detail/run_queue.hpp"

#include <algorithm>
#include <utility>

namespace vaquero::detail {

parking::parking(std::size_t workers, std::function<bool()> someone_waits)
    : someone_waits_(std::move(someone_waits)) {
  for (std::size_t i = 0; i < workers; ++i)
    seats_.push_back(std::make_unique<seat>());
  asleep_.reserve(workers);
}

void parking::note() noexcept {
  unsigned hints = 0;
  if (!injected_.empty() || seats_given_to_ != 0) hints |= has_injected;
  if (!asleep_.empty() && !is_waking_) hints |= can_wake;
  if (!asleep_.empty() && !has_watcher_) hints |= can_watch;
  if (is_stopping_) hints |= is_stopping;
  if (hints != hints_.load(std::memory_order_relaxed))
    hints_.store(hints, std::memory_order_relaxed);
}

parking::seat* parking::call_one() {
  if (is_waking_ || asleep_.empty()) return nullptr;
  auto* called = asleep_.back();
  asleep_.pop_back();
  is_waking_ = called->is_waking = called->is_called = true;
  return called;
}

void parking::inject(caf::resumable* job) {
  seat* called = nullptr;
  {
    std::lock_guard lock{mutex_};
    injected_.push_back(job);
    called = call_one();
    note();
  }
  if (called) called->changed.notify_one();
}

void parking::wake_one() {
  seat* called = nullptr;
  {
    std::lock_guard lock{mutex_};
    called = call_one();
    note();
  }
  if (called) called->changed.notify_one();
}

parking::seat* parking::call_watcher() {
  if (has_watcher_ || asleep_.empty()) return nullptr;
  auto* called = asleep_.back();
  asleep_.pop_back();
  has_watcher_ = called->is_watching = called->is_called = true;
  return called;
}

void parking::watch_one() {
  seat* called = nullptr;
  {
    std::lock_guard lock{mutex_};
    called = call_watcher();
    note();
  }
  if (called) called->changed.notify_one();
}

bool parking::lie_down(seat& here) {
  if (std::exchange(here.is_waking, false)) is_waking_ = false; // it found nothing
  const bool may_sleep = !is_stopping_ && injected_.empty() && here.given.empty();
  if (may_sleep) asleep_.push_back(&here);
  note();
  return may_sleep;
}

bool parking::someone_waits() const { return seats_given_to_ != 0 || someone_waits_(); }

// Returns whether it was called.
bool parking::wait_briefly(locked& lock, seat& here) {
  ++briefly_;
  const bool was_called = here.changed.wait_for(lock, watch_period, [&] { return here.is_called; });
  --briefly_;
  return was_called;
}

parking::reason parking::get_up(seat& here) {
  here.is_called = false;
  if (is_stopping_) return reason::stop;
  return here.is_watching ? reason::watch_begins : reason::work;
}

parking::reason parking::park(std::size_t worker) {
  auto& here = *seats_[worker];
  locked lock{mutex_};
  if (!lie_down(here)) return get_up(here);
  if (asleep_.size() < seats_.size()) {
    if (!wait_briefly(lock, here) && !has_watcher_ && someone_waits()) {
      std::erase(asleep_, &here);
      has_watcher_ = here.is_watching = true;
      note();
    }
  }
  if (is_idle()) is_idle_.notify_all();
  here.changed.wait(lock, [&here] { return here.is_called || here.is_watching; });
  return get_up(here);
}

parking::reason parking::park_on_watch(std::size_t worker) {
  auto& here = *seats_[worker];
  seat* called = nullptr;
  auto why = reason::watch_ends;
  {
    locked lock{mutex_};
    if (lie_down(here) && !wait_briefly(lock, here)) std::erase(asleep_, &here);
    here.is_watching = has_watcher_ = false;
    if (get_up(here) == reason::stop) why = reason::stop;
    // Who leaves the watch to work does not leave the others unwatched.
    if (here.is_waking) why = reason::work;
    if (here.is_waking && someone_waits()) called = call_watcher();
    note();
  }
  if (called) called->changed.notify_one();
  return why;
}

void parking::found_work(std::size_t worker) {
  seat* called = nullptr;
  {
    std::lock_guard lock{mutex_};
    if (!std::exchange(seats_[worker]->is_waking, false)) return;
    is_waking_ = false;
    if (!injected_.empty()) called = call_one();
    note();
  }
  if (called) called->changed.notify_one();
}

bool parking::take_from(seat& here, run_queue& to) {
  if (here.given.empty()) return false;
  for (auto* each : std::exchange(here.given, {}))
    to.push(each);
  --seats_given_to_;
  return true;
}

bool parking::give(run_queue& from, std::size_t worker) {
  std::lock_guard lock{mutex_};
  auto& to = *seats_[worker];
  if (is_stopping_ || std::ranges::find(asleep_, &to) != asleep_.end()) return false;
  const bool had_some = !to.given.empty();
  while (auto* job = from.pop())
    to.given.push_back(job);
  if (!had_some && !to.given.empty()) ++seats_given_to_;
  note();
  return true;
}

bool parking::take_given(std::size_t worker, run_queue& to) {
  std::lock_guard lock{mutex_};
  const bool has_some = take_from(*seats_[worker], to);
  note();
  return has_some;
}

void parking::take_injected(std::size_t worker, run_queue& to) {
  std::lock_guard lock{mutex_};
  take_from(*seats_[worker], to);
  auto count = std::min((injected_.size() + seats_.size() - 1) / seats_.size(), share_max);
  for (; count != 0; --count) {
    to.push(injected_.front());
    injected_.pop_front();
  }
  note();
}

void parking::stop() {
  std::lock_guard lock{mutex_};
  is_stopping_ = true;
  for (auto* each : std::exchange(asleep_, {})) {
    each->is_called = true;
    each->changed.notify_one();
  }
  note();
}

std::deque<caf::resumable*> parking::take_rest() {
  std::lock_guard lock{mutex_};
  for (auto& each : seats_)
    for (auto* job : std::exchange(each->given, {}))
      injected_.push_back(job);
  seats_given_to_ = 0;
  return std::exchange(injected_, {});
}

bool parking::wait_until_idle(std::chrono::milliseconds patience) {
  // The clock counts finer than milliseconds: what is longer than this would overflow in it.
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365 * 100};
  locked lock{mutex_};
  return is_idle_.wait_for(lock, std::min(patience, longest), [this] { return is_idle(); });
}

bool parking::is_idle() const noexcept {
  return asleep_.size() == seats_.size() && briefly_ == 0 && injected_.empty();
}

} // namespace vaquero::detail
