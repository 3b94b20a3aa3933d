#include "runtime/detail/block_cache.hpp"

#include "runtime/detail/traffic.hpp"

#include <mutex>
#include <utility>

namespace vaquero::detail {

constinit thread_local block_cache::thread_lists block_cache::here_;

/// The batches of one size that no thread has.
struct block_cache::stock {
  std::mutex mutex;
  std::size_t count = 0;
  std::array<free_block*, batches_max> batches{};

  static stock& of(std::size_t which) noexcept {
    static constinit std::array<stock, classes> all;
    return all[which];
  }
  static void free_chain(free_block* block) noexcept {
    while (block)
      ::operator delete(std::exchange(block, block->next));
  }
  free_block* take() noexcept {
    std::lock_guard lock{mutex};
    return count == 0 ? nullptr : batches[--count];
  }
  void give(free_block* chain) noexcept {
    {
      std::lock_guard lock{mutex};
      if (count < batches_max) {
        batches[count++] = chain;
        return;
      }
    }
    free_chain(chain);
  }
};

/// Made by the first block that a thread does not have, or frees, it frees what the thread keeps when that
/// ends.
struct block_cache::end_of_thread {
  ~end_of_thread() {
    here_.has_ended = true;
    for (auto& each : here_.lists) {
      stock::free_chain(std::exchange(each.first, nullptr));
      stock::free_chain(std::exchange(each.spare, nullptr));
      each.count = batch; // what is freed from now on is not kept
    }
  }
  /// Whether there is to be none any more.
  static bool has_come() noexcept {
    static thread_local end_of_thread mine;
    return here_.has_ended;
  }
};

void* block_cache::refill(std::size_t which) {
  auto& list = here_.lists[which];
  if (end_of_thread::has_come()) return ::operator new((which + 1) * grain);
  auto* chain = std::exchange(list.spare, nullptr);
  if (!chain) chain = stock::of(which).take();
  if (!chain) {
    ++traffic::here().blocks;
    return ::operator new((which + 1) * grain);
  }
  traffic::here().blocks += batch;
  list.first = chain->next;
  list.count = batch - 1;
  return chain;
}

// Makes room on this thread's list. False: it keeps none any more.
bool block_cache::give_batch(std::size_t which) noexcept {
  if (end_of_thread::has_come()) return false;
  auto& list = here_.lists[which];
  if (list.spare) stock::of(which).give(list.spare);
  if (list.first) traffic::here().blocks -= batch;
  list.spare = std::exchange(list.first, nullptr);
  list.count = 0;
  return true;
}

} // namespace vaquero::detail
