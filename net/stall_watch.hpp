// Watches the loops from a thread of its own and reports a callback that blocks one while it still
// does: which handler, which callback, how long. It sleeps while the loops do.
#pragma once

#include "net/loop.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace vaquero {

struct stall {
  std::string where;                  // "hello in websocket_handle"
  std::chrono::milliseconds at_least; // it has blocked for this long, and goes on
};

class stall_watch {
 public:
  using reporter = std::function<void(const stall&)>;

  /// Tags become words by this; see loop::enter_callback.
  using describer = std::string (*)(std::uintptr_t tag);

  /// Reports once a callback has run for `threshold`, and again each time that has doubled. Without
  /// a reporter of yours, to the log.
  stall_watch(std::chrono::milliseconds threshold, describer describe, reporter report = {});
  ~stall_watch();
  stall_watch(const stall_watch&) = delete;
  stall_watch& operator=(const stall_watch&) = delete;

  void add(loop& watched);
  void remove(loop& watched);

  /// Called by a loop at each of its turns: wakes the watch if it sleeps. Any thread.
  void loops_are_busy() noexcept {
    if (is_asleep_.load(std::memory_order_relaxed)) wake();
  }

 private:
  struct watched_loop {
    loop* where;
    loop::activity last{};
    timer_clock::time_point since{};
    std::chrono::milliseconds next_report{};
  };

  void run();
  bool look(); // returns whether any loop runs anything
  void look_at(watched_loop& watched, timer_clock::time_point now);
  void wake() noexcept;

  const std::chrono::milliseconds threshold_;
  const describer describe_;
  const reporter report_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<watched_loop> loops_;
  std::atomic<bool> is_asleep_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

} // namespace vaquero
