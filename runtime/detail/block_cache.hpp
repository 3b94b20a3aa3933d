// Memory for what is made and freed with every message: a short list of free blocks on each thread, and
// behind it a bounded stock that all threads share and exchange by the batch. So a block that one thread
// takes and another frees costs neither of them a lock, and what a burst left behind goes back to malloc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace vaquero::detail {

class block_cache {
 public:
  /// Larger blocks are malloc's own affair.
  static constexpr std::size_t bytes_max = 256;
  /// Blocks that change hands at once. A thread keeps at most twice as many of a size.
  static constexpr std::uint32_t batch = 32;
  /// Batches of a size that wait for whoever needs them: 4,096 blocks, so that a process which was sent
  /// some thousand messages frees them without malloc's lock.
  static constexpr std::size_t batches_max = 128;

  static void* allocate(std::size_t bytes) {
    if constexpr (!is_on) return ::operator new(bytes);
    if (bytes > bytes_max) return ::operator new(bytes);
    auto& list = here_.lists[class_of(bytes)];
    if (auto* block = list.first) [[likely]] {
      list.first = block->next;
      --list.count;
      return block;
    }
    return refill(class_of(bytes));
  }

  /// The same number of bytes. Any thread.
  static void free(void* block, std::size_t bytes) noexcept {
    if constexpr (!is_on) return ::operator delete(block);
    if (bytes > bytes_max) return ::operator delete(block);
    auto& list = here_.lists[class_of(bytes)];
    if (list.count == batch) [[unlikely]]
      if (!give_batch(class_of(bytes))) return ::operator delete(block);
    list.first = new (block) free_block{list.first};
    ++list.count;
  }

 private:
  // The sanitizers are to see who uses what is free.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr bool is_on = false;
#else
  static constexpr bool is_on = true;
#endif

  static constexpr std::size_t grain = 16;
  static constexpr std::size_t classes = bytes_max / grain;
  static constexpr std::size_t class_of(std::size_t bytes) noexcept { return (bytes - 1) / grain; }

  struct free_block {
    free_block* next;
  };
  struct list {
    free_block* first = nullptr;
    free_block* spare = nullptr; // one whole batch, or nothing
    // Of the first. It seems full before its first use, so that a thread which only frees notes its end, too.
    std::uint32_t count = batch;
  };
  struct thread_lists {
    std::array<list, classes> lists;
    bool has_ended = false;
  };
  struct stock;
  struct end_of_thread;

  static void* refill(std::size_t which);
  static bool give_batch(std::size_t which) noexcept;

  static constinit thread_local thread_lists here_;
};

} // namespace vaquero::detail
