#include "runtime/blocking_pool.hpp"

#include "runtime/log.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

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
    is_stopping_ = true; // from now on no thread starts, and none ends by itself
  }
  has_work_.notify_all();
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
  idle_ = 0;
  if (ended_.joinable()) ended_.join();
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
    start_thread();
  else
    has_work_.notify_one();
}

// Where the system has no more threads those that live do the job later, or the next one that can be started.
void blocking_pool::start_thread() {
  try {
    threads_.emplace_back([this] { run(); });
  } catch (const std::system_error& why) {
    if (threads_.empty())
      log_error("blocking callbacks wait, for no thread can be started: " +
                std::string{why.what()});
  }
}

std::size_t blocking_pool::threads() {
  std::lock_guard lock{mutex_};
  return threads_.size();
}

void blocking_pool::run() {
  std::unique_lock lock{mutex_};
  const auto has_work = [this] { return is_stopping_ || !line_.empty(); };
  while (true) {
    ++idle_;
    is_quiet_.notify_all();
    if (!has_work_.wait_for(lock, options_.idle_timeout, has_work)) break;
    if (line_.empty()) return; // whoever stops the pool joins this thread
    --idle_;
    auto job = std::move(line_.front());
    line_.pop_front();
    lock.unlock();
    job();
    job = nullptr; // what it holds goes before the lock is taken
    lock.lock();
  }
  auto previous = leave();
  lock.unlock();
  if (previous.joinable()) previous.join();
}

// The thread that calls is no longer one of the pool's. Returns the one that left before, to be joined.
std::thread blocking_pool::leave() {
  --idle_;
  auto self = std::ranges::find(threads_, std::this_thread::get_id(), &std::thread::get_id);
  auto previous = std::exchange(ended_, std::move(*self));
  threads_.erase(self);
  is_quiet_.notify_all();
  return previous;
}

} // namespace vaquero
