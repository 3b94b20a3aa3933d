// What threads tell a test: it waits for the next event, and fails when none comes for so long that none
// will.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>

namespace vaquero::testing {

/// Far above what anything takes, even under a sanitizer on a busy machine.
constexpr std::chrono::seconds patience{30};

template <class Event>
class event_queue {
 public:
  /// Any thread.
  void push(Event event) {
    std::lock_guard lock{mutex_};
    events_.push_back(std::move(event));
    changed_.notify_all();
  }

  /// Waits for the oldest event and takes it.
  Event pop() {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, patience, [&] { return !events_.empty(); }))
      throw std::runtime_error{"an event that a test waits for did not come"};
    auto event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

  void clear() {
    std::lock_guard lock{mutex_};
    events_.clear();
  }

  /// How many wait.
  std::size_t size() const {
    std::lock_guard lock{mutex_};
    return events_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
};

/// Holds up whoever waits, until a test lets go.
class latch {
 public:
  void open() {
    std::lock_guard lock{mutex_};
    is_open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, patience, [&] { return is_open_; }))
      throw std::runtime_error{"nobody opened a latch"};
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

} // namespace vaquero::testing
