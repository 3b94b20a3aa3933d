#include "net/blocking_pool.hpp"

namespace vaquero {

blocking_pool::~blocking_pool() { finish(std::chrono::milliseconds::max()); }

bool blocking_pool::finish(std::chrono::milliseconds patience) {
  {
    std::unique_lock lock{mutex_};
    const auto is_quiet = [this] { return line_.empty() && idle_ == threads_.size(); };
    if (patience == std::chrono::milliseconds::max())
      is_quiet_.wait(lock, is_quiet);
    else if (!is_quiet_.wait_for(lock, patience, is_quiet))
      return false;
    is_stopping_ = true;
  }
  has_work_.notify_all();
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
  idle_ = 0;
  return true;
}

void blocking_pool::submit(std::function<void()> job) {
  std::unique_lock lock{mutex_};
  if (is_stopping_) {
    lock.unlock();
    job();
    return;
  }
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
    is_quiet_.notify_all();
    has_work_.wait(lock, [this] { return is_stopping_ || !line_.empty(); });
    if (line_.empty()) return;
    --idle_;
    auto job = std::move(line_.front());
    line_.pop_front();
    lock.unlock();
    job();
    job = nullptr; // what it holds goes before the lock is taken
    lock.lock();
  }
}

} // namespace vaquero
