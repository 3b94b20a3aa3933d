#include "net/stall_watch.hpp"

#include "runtime/log.hpp"

#include <algorithm>

namespace vaquero {

namespace {

// Looks often enough to be right by a third of the threshold.
constexpr int looks_per_threshold = 3;

// It goes to sleep when no loop has run anything for so many looks.
constexpr int quiet_looks_max = 10;

void report_to_log(const stall& seen) {
  log_warning(seen.where + " blocks its loop, for " + std::to_string(seen.at_least.count()) +
              " ms now; declare the handler blocking, or let it wait for a message instead");
}

} // namespace

stall_watch::stall_watch(std::chrono::milliseconds threshold, describer describe, reporter report)
    : threshold_(threshold), describe_(describe), report_(report ? report : report_to_log) {
  thread_ = std::thread{[this] { run(); }};
}

stall_watch::~stall_watch() {
  {
    std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void stall_watch::add(loop& watched) {
  std::lock_guard lock{mutex_};
  loops_.push_back({&watched});
}

void stall_watch::remove(loop& watched) {
  std::lock_guard lock{mutex_};
  std::erase_if(loops_, [&](const watched_loop& x) { return x.where == &watched; });
}

void stall_watch::wake() noexcept {
  {
    std::lock_guard lock{mutex_};
    is_asleep_.store(false);
  }
  changed_.notify_one();
}

void stall_watch::run() {
  int quiet_looks = 0;
  std::unique_lock lock{mutex_};
  while (!is_stopping_) {
    quiet_looks = look() ? 0 : quiet_looks + 1;
    if (quiet_looks < quiet_looks_max) {
      changed_.wait_for(lock, threshold_ / looks_per_threshold, [this] { return is_stopping_; });
    } else {
      is_asleep_.store(true);
      changed_.wait(lock, [this] { return is_stopping_ || !is_asleep_.load(); });
      quiet_looks = 0;
    }
  }
}

bool stall_watch::look() {
  bool any = false;
  const auto now = timer_clock::now();
  for (auto& watched : loops_) {
    const auto seen = watched.where->watch();
    if (seen != watched.last) {
      watched.last = seen;
      watched.since = now;
      watched.next_report = threshold_;
      any = true;
    } else if (seen.running != 0) {
      look_at(watched, now);
      any = true;
    }
  }
  return any;
}

void stall_watch::look_at(watched_loop& watched, timer_clock::time_point now) {
  auto at_least = std::chrono::duration_cast<std::chrono::milliseconds>(now - watched.since);
  if (at_least < watched.next_report) return;
  watched.next_report = at_least * 2;
  report_({describe_(watched.last.running), at_least});
}

} // namespace vaquero
