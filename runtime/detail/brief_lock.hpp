// A lock for what is held for a few instructions and rarely fought for: a mutex costs five times as much
// to take and to give back. Whoever finds it taken lets others run.
#pragma once

#include <atomic>
#include <thread>

namespace vaquero::detail {

/// For std::lock_guard.
class brief_lock {
 public:
  void lock() noexcept {
    while (is_taken_.test_and_set(std::memory_order_acquire))
      std::this_thread::yield();
  }
  void unlock() noexcept { is_taken_.clear(std::memory_order_release); }

 private:
  std::atomic_flag is_taken_;
};

} // namespace vaquero::detail
