#include "net/blocking_pool.hpp"

namespace vaquero {

blocking_pool::~blocking_pool() {
  {
    std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  has_work_.notify_all();
  for (auto& thread : threads_)
    thread.join();
}

void blocking_pool::submit(std::function<void()> job) {
  std::lock_guard lock{mutex_};
  line_.push_back(std::move(job));
  if (idle_ < line_.size() && threads_.size() < options_.threads_max)
    threads_.emplace_back([this] { run(); });
  else
    has_work_.notify_one();
}

void blocking_pool::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    ++idle_;
    has_work_.wait(lock, [this] { return is_stopping_ || !line_.empty(); });
    --idle_;
    if (line_.empty()) return;
    auto job = std::move(line_.front());
    line_.pop_front();
    lock.unlock();
    job();
    job = nullptr; // what it holds goes before the lock is taken
    lock.lock();
  }
}

} // namespace vaquero
