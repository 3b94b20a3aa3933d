// What waits to run on one worker, in the order in which it came. Its owner adds and takes; any other
// worker may steal. Bounded work each: a ring without locks for what is common, and behind it a
// longer line under a lock for a burst.
#pragma once

#include <caf/resumable.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

namespace vaquero::detail {

class run_queue {
 public:
  /// Jobs that lie in the ring. What comes on top waits in the line.
  static constexpr std::uint32_t ring_length = 1024;
  /// Jobs that change hands at once, out of the line or by a steal.
  static constexpr std::uint32_t batch_max = 128;

  run_queue() = default;
  run_queue(const run_queue&) = delete;
  run_queue& operator=(const run_queue&) = delete;

  // -- the owner's thread -------------------------------------------------------------------------

  /// Puts a job at the end, and returns how many wait in the ring; its length if some wait in the line.
  std::uint32_t push(caf::resumable* job) {
    if (line_length_.load(std::memory_order_relaxed) == 0) [[likely]] {
      const auto tail = tail_.load(std::memory_order_relaxed);
      const auto length = tail - head_.load(std::memory_order_acquire);
      if (length < ring_length) [[likely]] {
        slot(tail).store(job, std::memory_order_relaxed);
        tail_.store(tail + 1, std::memory_order_release);
        return length + 1;
      }
    }
    push_line(job);
    return ring_length;
  }

  /// Takes the job at the front, and counts what is behind it as old: a thief may take all of that,
  /// but leaves the owner the one job that the job to run next puts here. nullptr: there is none.
  caf::resumable* pop() {
    const auto tail = tail_.load(std::memory_order_relaxed);
    auto head = head_.load(std::memory_order_acquire);
    while (head != tail) {
      auto* job = slot(head).load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        old_tail_.store(tail, std::memory_order_relaxed);
        return job;
      }
    }
    if (line_length_.load(std::memory_order_relaxed) == 0) [[likely]]
      return nullptr;
    return take_line(*this);
  }

  // -- any worker ---------------------------------------------------------------------------------

  /// How many wait; a guess for all but the owner, for whom it is an upper bound.
  std::size_t size() const noexcept {
    const auto head = head_.load(std::memory_order_relaxed); // never ahead of a tail read later
    return tail_.load(std::memory_order_relaxed) - head +
           line_length_.load(std::memory_order_relaxed);
  }

  /// Moves the older half, but no more than `batch_max`, to the end of the thief's queue, which must be
  /// empty, and returns the first of them, or nullptr. `is_stuck`: even the one that is left to the owner.
  caf::resumable* steal(run_queue& thief, bool is_stuck);

 private:
  std::atomic<caf::resumable*>& slot(std::uint32_t index) noexcept {
    return ring_[index % ring_length];
  }
  std::uint32_t loot(std::uint32_t head, std::uint32_t tail, bool is_stuck) const noexcept;
  void push_line(caf::resumable* job);
  caf::resumable* take_line(run_queue& to);

  // Counted without end; the ring holds what lies between them. The head is moved by whoever takes.
  alignas(64) std::atomic<std::uint32_t> head_ = 0;
  // Written by the owner alone, as are the slots.
  alignas(64) std::atomic<std::uint32_t> tail_ = 0;
  std::atomic<std::uint32_t> old_tail_ = 0; // the tail when the job that runs was taken
  std::atomic<std::size_t> line_length_ = 0;
  std::array<std::atomic<caf::resumable*>, ring_length> ring_ = {};
  std::mutex line_mutex_;
  std::deque<caf::resumable*> line_;
};

} // namespace vaquero::detail
