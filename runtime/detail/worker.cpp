#include "runtime/detail/worker.hpp"

#include "runtime/detail/coordinator.hpp"
#include "runtime/detail/parking.hpp"

#include <caf/actor_system.hpp>
#include <caf/detail/set_thread_name.hpp>
#include <caf/logger.hpp>

#include <utility>

namespace vaquero::detail {

namespace {

// Of so many jobs that mostly talk to those of another worker there may be for both of them to be run by that
// one. More keep two cores busy, whatever their messages cost.
constexpr std::size_t company_max = 16;

} // namespace

constinit thread_local worker* worker::current_ = nullptr;

worker::worker(coordinator& parent, parking& rest, std::size_t number, std::size_t budget)
    : caf::execution_unit(&parent.system()), parent_(parent), rest_(rest), number_(number),
      budget_(budget) {}

void worker::start() {
  thread_ = std::thread{[this] {
    CAF_SET_LOGGER_SYS(&system());
    caf::detail::set_thread_name("vaquero.worker");
    system().thread_started();
    current_ = this;
    is_alone_ = parent_.workers().size() == 1;
    run();
    current_ = nullptr;
    system().thread_terminates();
  }};
}

void worker::join() { thread_.join(); }

void worker::exec_later(caf::resumable* job) {
  if (current_ == this)
    push(job);
  else
    rest_.inject(job);
}

void worker::push(caf::resumable* job) {
  queue_.push(job);
  if ((rest_.hints() & parking::can_watch) != 0) rest_.watch_one();
}

void worker::run() {
  while (auto* job = next())
    execute(job);
}

void worker::execute(caf::resumable* job) {
  count(turns_);
  switch (job->resume(this, budget_)) {
    case caf::resumable::resume_later: push(job); break;
    case turn_is_over: break;
    case caf::resumable::done:
    case caf::resumable::awaiting_message: intrusive_ptr_release(job); break;
  }
}

// Jobs from other threads come first from time to time: often enough to keep them waiting briefly, seldom
// enough to share the lock.
caf::resumable* worker::next() {
  const auto hints = rest_.hints();
  if ((hints & parking::is_stopping) != 0) [[unlikely]]
    return last_turns();
  if (turns() >= next_look_) [[unlikely]] {
    next_look_ = turns() + pace::look_interval;
    if ((hints & parking::has_injected) != 0) rest_.take_injected(number_, queue_);
    if (!is_alone_) look();
  }
  if (auto* job = queue_.pop()) [[likely]]
    return job;
  return search();
}

// What waits at the end has one more turn, in which an actor may hear that it is to end; but what never
// ends must not hold up the end.
caf::resumable* worker::last_turns() {
  if (!std::exchange(is_stopping_, true)) {
    rest_.take_injected(number_, queue_);
    last_turns_ = queue_.size();
  }
  if (last_turns_ == 0) return nullptr;
  --last_turns_;
  return queue_.pop();
}

moment worker::now() const noexcept { return {timer_clock::now(), traffic::here(), turns()}; }

void worker::look() {
  const bool someone_waits = queue_.size() > 1;
  if (!someone_waits && !pace_.has_news(traffic::here())) {
    pace_.look_away();
    set(shares_, false);
    return;
  }
  const auto here = now();
  pace_.look(here, someone_waits);
  const bool wants_help = pace_.wants_help(here.time, parent_.next_try().time());
  set(shares_, wants_help);
  if (wants_help && (rest_.hints() & parking::can_wake) != 0) rest_.wake_one();
  switch (pace_.judge(here)) {
    case pace::verdict::none: break;
    case pace::verdict::coarse: set(is_brisk_, false); break;
    case pace::verdict::pays:
      set(is_brisk_, true);
      if (number_ != 0) parent_.next_try().has_paid();
      break;
    case pace::verdict::pays_not:
      set(is_brisk_, true);
      if (number_ != 0) join_others(here.time);
      break;
  }
}

// To a worker of a lower number, so that two do not give their jobs to each other for ever.
void worker::join_others(timer_clock::time_point now) {
  parent_.next_try().has_failed(now);
  const auto& all = parent_.workers();
  for (const auto& each : all)
    set(each->shares_, false);
  for (std::size_t i = 0; i < number_; ++i)
    if (all[i]->is_brisk_.load(std::memory_order_relaxed) &&
        all[i]->queue_.size() + queue_.size() <= company_max && rest_.give(queue_, i))
      return;
}

caf::resumable* worker::search() {
  auto* job = look_around();
  const bool sleeps = !job;
  while (!job) {
    count(sleeps_);
    auto why = rest_.park(number_);
    if (why == parking::reason::watch_begins) {
      note_turns();
      why = rest_.park_on_watch(number_);
    }
    if (why == parking::reason::stop) return last_turns();
    job = why == parking::reason::watch_ends ? steal(true) : nullptr;
    if (job)
      rest_.watch_one(); // for there may be more that are stuck
    else
      job = look_around();
  }
  rest_.found_work(number_);
  if (is_alone_) return job;
  if (sleeps) pace_.begin(now());
  // Who took some for himself has somebody see to it that they do not wait for long.
  if (queue_.size() != 0 && (rest_.hints() & parking::can_watch) != 0) rest_.watch_one();
  return job;
}

caf::resumable* worker::look_around() {
  rest_.take_injected(number_, queue_);
  auto* job = queue_.pop();
  return job ? job : steal(false);
}

void worker::note_turns() {
  turns_seen_.clear();
  for (const auto& each : parent_.workers())
    turns_seen_.push_back(each->turns());
}

// Begins behind this worker, so that thieves do not all go to the same one.
caf::resumable* worker::steal(bool from_stuck) {
  const auto& all = parent_.workers();
  for (std::size_t i = 1; i < all.size(); ++i) {
    const auto index = (number_ + i) % all.size();
    auto& victim = *all[index];
    const bool may_steal = from_stuck ? victim.turns() == turns_seen_[index]
                                      : victim.shares_.load(std::memory_order_relaxed);
    if (!may_steal) continue;
    auto* job = victim.queue_.steal(queue_, from_stuck);
    if (!job && from_stuck && rest_.take_given(index, queue_)) job = queue_.pop();
    if (!job) continue;
    if (from_stuck) set(victim.shares_, true); // until it looks again
    count(steals_);
    pace_.note_stolen(queue_.size() + 1);
    return job;
  }
  return nullptr;
}

} // namespace vaquero::detail
