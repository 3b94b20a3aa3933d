#include "runtime/detail/run_queue.hpp"

#include <algorithm>

namespace vaquero::detail {

std::uint32_t run_queue::loot(std::uint32_t head, std::uint32_t tail,
                              bool is_stuck) const noexcept {
  const auto length = static_cast<std::int32_t>(tail - head);
  if (length <= 0) return 0; // the tail was read before others took what is there
  const auto old = static_cast<std::int32_t>(old_tail_.load(std::memory_order_relaxed) - head);
  if (length == 1 && old <= 0 && !is_stuck) return 0;
  return std::min(static_cast<std::uint32_t>(length + 1) / 2, batch_max);
}

// The slots are copied before the head is moved: if the owner wrote one again meanwhile, then the head
// had passed it, and moving it fails.
caf::resumable* run_queue::steal(run_queue& thief, bool is_stuck) {
  auto head = head_.load(std::memory_order_acquire);
  const auto mine = thief.tail_.load(std::memory_order_relaxed);
  while (true) {
    const auto count = loot(head, tail_.load(std::memory_order_acquire), is_stuck);
    if (count == 0) break;
    auto* first = slot(head).load(std::memory_order_relaxed);
    for (std::uint32_t i = 1; i < count; ++i)
      thief.slot(mine + i - 1)
          .store(slot(head + i).load(std::memory_order_relaxed), std::memory_order_relaxed);
    if (head_.compare_exchange_weak(head, head + count, std::memory_order_acq_rel,
                                    std::memory_order_acquire)) {
      thief.old_tail_.store(mine + count - 1, std::memory_order_relaxed);
      thief.tail_.store(mine + count - 1, std::memory_order_release);
      return first;
    }
  }
  return line_length_.load(std::memory_order_relaxed) == 0 ? nullptr : take_line(thief);
}

void run_queue::push_line(caf::resumable* job) {
  std::lock_guard lock{line_mutex_};
  line_.push_back(job);
  line_length_.store(line_.size(), std::memory_order_relaxed);
}

// The ring of `to` is empty, and no thief puts anything there.
caf::resumable* run_queue::take_line(run_queue& to) {
  std::lock_guard lock{line_mutex_};
  if (line_.empty()) return nullptr;
  auto* first = line_.front();
  const auto count = std::min<std::size_t>(line_.size(), batch_max);
  auto tail = to.tail_.load(std::memory_order_relaxed);
  for (std::size_t i = 1; i < count; ++i)
    to.slot(tail++).store(line_[i], std::memory_order_relaxed);
  line_.erase(line_.begin(), line_.begin() + static_cast<std::ptrdiff_t>(count));
  line_length_.store(line_.size(), std::memory_order_relaxed);
  to.old_tail_.store(tail, std::memory_order_relaxed);
  to.tail_.store(tail, std::memory_order_release);
  return first;
}

} // namespace vaquero::detail
