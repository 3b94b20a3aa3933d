// Threads for callbacks that block: a bounded number of them, a line in front. They start when they
// are needed and end when they have had nothing to do for a while. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vaquero {

class blocking_pool {
 public:
  struct options {
    /// Callbacks that block at the same time; more wait in line. What blocks waits for a disk or
    /// another server, and more at once seldom make those faster.
    std::size_t threads_max = 16;

    /// A thread that had nothing to do for so long ends.
    std::chrono::milliseconds idle_timeout{10'000};
  };

  explicit blocking_pool(options chosen) : options_(chosen) {}
  ~blocking_pool();
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;

  /// Runs the job on a thread of the pool, in the order of submission. The line needs no bound of
  /// its own: a process has one job at most, so it is never longer than there are processes. Where no thread
  /// can be started it waits for one that lives, or for a later submission.
  void submit(std::function<void()> job);

  /// Waits until all jobs are done and the threads have ended; false if that took longer than this,
  /// for what blocks cannot be interrupted. What is submitted later runs on the caller's thread.
  bool finish(std::chrono::milliseconds patience);

  /// Threads that live now.
  std::size_t threads();

 private:
  void start_thread();
  void run();
  std::thread leave();

  const options options_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<std::function<void()>> line_;
  std::vector<std::thread> threads_;
  std::thread ended_; // the last that ended by itself: the next to end joins it
  std::size_t idle_ = 0;
  std::condition_variable is_quiet_;
  bool is_stopping_ = false;
};

} // namespace vaquero
