// The timers of a node: queues behind locks, so that any thread can start, cancel and read a timer.
// The first queue has a thread of its own; a loop drives a queue itself (see timer_driver). A timer lies
// in the queue of the process that it is for, and goes with it.
#pragma once

#include "runtime/timer_queue.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace vaquero {

class process;

/// One queue and who drives it. Any thread may add; only the driver calls `fire`.
class timer_driver {
 public:
  /// `sooner` is called, without the lock, when a timer is added that is due before all others.
  timer_driver(unsigned number, std::function<void()> sooner)
      : queue_(number), sooner_(std::move(sooner)) {}

  template <class MakeEvent>
  timer_ref add(timer_clock::time_point deadline, const process* owner, MakeEvent&& make) {
    bool is_next = false;
    timer_ref ref;
    {
      std::lock_guard lock{mutex_};
      auto before = queue_.next_deadline();
      ref = queue_.add(deadline, owner, std::forward<MakeEvent>(make));
      is_next = !before || deadline < *before;
      note_next();
    }
    if (is_next) sooner_();
    return ref;
  }

  std::optional<timer_clock::time_point> cancel(timer_ref ref);
  std::optional<timer_clock::time_point> read(timer_ref ref) const;
  void forget(const process& owner);

  /// How many timers wait.
  std::size_t size() const {
    std::lock_guard lock{mutex_};
    return queue_.size();
  }

  /// Without a lock: exact for the driver, whom `sooner` tells of earlier ones.
  std::optional<timer_clock::time_point> next_deadline() const noexcept {
    auto next = next_.load(std::memory_order_acquire);
    if (next == never) return std::nullopt;
    return timer_clock::time_point{timer_clock::duration{next}};
  }

  /// Takes the events that are due, one after the other, and passes them on without holding the lock.
  void fire(timer_clock::time_point now, const std::function<void(timer_event&&)>& pass_on);

 private:
  static constexpr auto never = timer_clock::duration::max().count();

  void note_next() noexcept {
    auto next = queue_.next_deadline();
    next_.store(next ? next->time_since_epoch().count() : never, std::memory_order_release);
  }

  mutable std::mutex mutex_;
  timer_queue queue_;
  std::atomic<timer_clock::rep> next_ = never;
  std::function<void()> sooner_;
};

class names;

class timer_service {
 public:
  explicit timer_service(const names& names);
  ~timer_service();
  timer_service(const timer_service&) = delete;
  timer_service& operator=(const timer_service&) = delete;

  /// The queue of the processes that have none of their own.
  timer_driver& common() noexcept { return *drivers_.front(); }

  /// A further queue, for a loop that drives it; at most 255 of them. Any thread, at any time.
  timer_driver& add_driver(std::function<void()> sooner);

  /// Sends what fell due: to the process, or to whoever has the name now, or to nobody. What a registry throws
  /// is logged.
  void pass_on(timer_event&& event) const;

  /// The time left, never below zero; nothing if it has fired, was cancelled, or never was.
  std::optional<timer_clock::duration> cancel(timer_ref ref);
  std::optional<timer_clock::duration> read(timer_ref ref) const;

 private:
  void run_common();

  // Null where there is no driver (yet).
  timer_driver* driver_of(timer_ref ref) const noexcept;

  static constexpr std::size_t drivers_max = 1u << timer_queue::queue_bits;

  const names& names_;
  // Of fixed size, because others look into it while a driver is added.
  std::array<std::unique_ptr<timer_driver>, drivers_max> drivers_;
  std::atomic<std::size_t> driver_count_ = 0; // those before it do not change any more
  std::mutex mutex_;                          // of the thread's sleep, and of adding drivers
  std::condition_variable changed_;
  bool has_changed_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace vaquero
