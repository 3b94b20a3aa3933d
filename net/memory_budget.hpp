// How much heap the buffers of all connections of a node may hold: messages that are being put together
// and output that waits. Each loop keeps an account of its own and reports to the budget in chunks, so
// that growing a buffer costs an addition. Whatever else holds a peer's data may be charged as well.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

namespace vaquero {

class memory_account;

/// What one client may go on to hold while the budget is exceeded.
constexpr std::size_t modest_bytes = 16 * 1024;

/// Outlives its accounts. Any thread.
class memory_budget {
 public:
  explicit memory_budget(std::size_t limit) : limit_(limit) {}

  std::size_t limit() const noexcept { return limit_; }

  /// Bytes, as far as they were reported: an account may know of up to 64 KiB more or less.
  std::size_t used() const noexcept {
    const auto bytes = used_.load(std::memory_order_relaxed);
    return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
  }
  bool is_exceeded() const noexcept { return used() > limit_; }

  /// Asks the account that holds the most to give back, unless one has been asked and is not done.
  void ask_for_relief();

  /// By the one that was asked. `gave`: it gave something back, so that it makes sense to ask again.
  void relief_done(bool gave);

 private:
  friend class memory_account;

  std::size_t limit_;
  std::atomic<std::int64_t> used_ = 0;
  std::atomic<bool> is_asked_ = false;
  std::mutex mutex_;
  std::vector<memory_account*> accounts_;
};

/// One thread's share. Only `held` may be called from others.
class memory_account {
 public:
  /// `relieve` is called on any thread, when the budget is exceeded and this account holds the most.
  memory_account(memory_budget& budget, std::function<void()> relieve);
  ~memory_account();
  memory_account(const memory_account&) = delete;
  memory_account& operator=(const memory_account&) = delete;

  /// A buffer of so many bytes has been grown or freed.
  void change(std::size_t before, std::size_t after) {
    unreported_ += static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
    if (unreported_ >= chunk || unreported_ <= -chunk) report();
  }

  /// Tells the budget what it does not know yet.
  void report();

  memory_budget& budget() noexcept { return budget_; }

 private:
  friend class memory_budget;
  static constexpr std::int64_t chunk = 64 * 1024;

  memory_budget& budget_;
  std::function<void()> relieve_;
  std::int64_t unreported_ = 0;
  std::atomic<std::int64_t> reported_ = 0;
};

} // namespace vaquero
