// Threads for handlers that block: a bounded number of them, a bounded line in front. Any thread.
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
    /// Callbacks that block at the same time. Threads are made as they are needed.
    std::size_t threads_max = 16;
  };

  explicit blocking_pool(options chosen) : options_(chosen) {}
  ~blocking_pool();
  blocking_pool(const blocking_pool&) = delete;
  blocking_pool& operator=(const blocking_pool&) = delete;

  /// Runs the job on a thread of the pool, in the order of submission. The line needs no bound of
  /// its own: a connection has one job at most, so it is never longer than there are connections.
  void submit(std::function<void()> job);

  /// Waits until all jobs are done and the threads have ended; false if that took longer than this,
  /// for what blocks cannot be interrupted. What is submitted later runs on the caller's thread.
  bool finish(std::chrono::milliseconds patience);

 private:
  void run();

  const options options_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<std::function<void()>> line_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  std::condition_variable is_quiet_;
  bool is_stopping_ = false;
};

} // namespace vaquero
