#include "runtime/detail/worker.hpp"

#include "runtime/detail/coordinator.hpp"
#include "runtime/detail/parking.hpp"

#include <caf/actor_system.hpp>
#include <caf/detail/set_thread_name.hpp>
#include <caf/logger.hpp>

#include <utility>

namespace vaquero::detail {

namespace {

// Jobs from other threads come first in so many turns: often enough to keep them waiting briefly,
// seldom enough to share the lock.
constexpr std::uint64_t injection_interval = 32;

// So many waiting jobs make it worth to wake a worker, which costs as much as some turns: counted over
// turns, so that few that wait long weigh as much as many.
constexpr std::size_t backlog_max = 16;

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
  const auto length = queue_.push(job);
  const auto hints = rest_.hints();
  if (length >= backlog_max && (hints & parking::can_wake) != 0)
    rest_.wake_one();
  else if ((hints & parking::can_watch) != 0)
    rest_.watch_one();
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

caf::resumable* worker::next() {
  const auto hints = rest_.hints();
  if ((hints & parking::is_stopping) != 0) [[unlikely]]
    return last_turns();
  if ((hints & parking::has_injected) != 0 && turns() % injection_interval == 0)
    rest_.take_injected(queue_);
  if (auto* job = queue_.pop()) [[likely]] {
    if ((hints & parking::can_wake) != 0) ask_for_help();
    return job;
  }
  return search();
}

// What waits at the end has one more turn, in which an actor may hear that it is to end; but what never
// ends must not hold up the end.
caf::resumable* worker::last_turns() {
  if (!std::exchange(is_stopping_, true)) {
    rest_.take_injected(queue_);
    last_turns_ = queue_.size();
  }
  if (last_turns_ == 0) return nullptr;
  --last_turns_;
  return queue_.pop();
}

void worker::ask_for_help() {
  const auto waiting = queue_.size();
  backlog_ = waiting == 0 ? 0 : backlog_ + waiting;
  if (backlog_ < backlog_max) return;
  backlog_ = 0;
  rest_.wake_one();
}

caf::resumable* worker::search() {
  backlog_ = 0;
  auto* job = look_around();
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
  return job;
}

caf::resumable* worker::look_around() {
  rest_.take_injected(queue_);
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
    if (from_stuck && victim.turns() != turns_seen_[index]) continue;
    if (auto* job = victim.queue_.steal(queue_, from_stuck)) {
      count(steals_);
      return job;
    }
  }
  return nullptr;
}

} // namespace vaquero::detail
