// The C++ worlds: one run of one task in an actor system of its own, in this process. A program calls one
// of them once and ends: what a task made stays until then, as a BEAM that halts leaves its processes.
#pragma once

#include "bench/processes/rows.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace vaquero::bench {

/// Both return operations a second, or bytes a process for `idle`.
double run_in_vaquero(task what, task_size size, std::size_t workers);

enum class caf_policy { sharing, stealing };
double run_in_caf(task what, task_size size, std::size_t workers, caf_policy policy);

/// Where the program's thread waits until so many processes have arrived. Any thread.
class finish_line {
 public:
  explicit finish_line(std::size_t awaited = 1) : awaited_(awaited) {}

  void arrive() {
    std::lock_guard lock{mutex_};
    if (--awaited_ == 0) all_here_.notify_one();
  }
  void wait() {
    std::unique_lock lock{mutex_};
    all_here_.wait(lock, [this] { return awaited_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable all_here_;
  std::size_t awaited_;
};

template <class Action>
double seconds_of(Action&& action) {
  auto before = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
}

/// Runs a task a tenth as long to warm up, and again to measure it. `run` takes a size and returns seconds.
template <class Run>
double rate_of(task_size size, Run&& run) {
  task_size warm_up = size;
  if (warm_up.processes > turn_max) warm_up.processes /= 10;
  warm_up.operations = std::max(warm_up.operations / 10, warm_up.processes);
  run(warm_up);
  return static_cast<double>(size.operations) / run(size);
}

/// Distant, so that none fires, and scattered over an hour.
inline std::chrono::steady_clock::duration due_of_timer(std::size_t number) {
  return std::chrono::hours(1) + std::chrono::milliseconds(number * 7'919 % 3'600'000);
}

inline constexpr std::size_t colours = 3;
/// Two come to the mall, it tells the first of the second, and the first tells the second.
inline constexpr std::size_t messages_per_meeting = 4;

/// What becomes of a chameneo that meets another.
constexpr int blend(int mine, int other) { return mine == other ? mine : 3 - mine - other; }

} // namespace vaquero::bench
