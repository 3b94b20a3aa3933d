// What happens on other threads, for a test that waits for it. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>

namespace vaquero::testing {

/// How long a test waits for what must come: so long that only a defect exceeds it.
constexpr std::chrono::seconds patience{30};

template <class Event>
class event_queue {
 public:
  void push(Event event) {
    {
      std::lock_guard lock{mutex_};
      events_.push_back(std::move(event));
    }
    changed_.notify_all();
  }

  /// The oldest event, once there is one; throws std::runtime_error if none comes.
  Event pop() {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, patience, [this] { return !events_.empty(); }))
      throw std::runtime_error{"the event did not come"};
    auto event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

  std::size_t size() const {
    std::lock_guard lock{mutex_};
    return events_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
};

/// Holds callbacks until the test lets them go.
class gate {
 public:
  void open() {
    {
      std::lock_guard lock{mutex_};
      is_open_ = true;
    }
    changed_.notify_all();
  }

  /// Returns when it is open, or after the patience of a test.
  void pass() {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, patience, [this] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

} // namespace vaquero::testing
