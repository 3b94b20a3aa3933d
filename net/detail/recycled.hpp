// Memory for what comes and goes with every handshake, or every sleep of a loop: each thread, and so each
// loop, keeps a few of each kind instead of giving them back to the heap.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace vaquero::detail {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool is_recycling = false; // so that it sees whoever uses what has been given back
#elif defined(__has_feature)
inline constexpr bool is_recycling = !__has_feature(address_sanitizer);
#else
inline constexpr bool is_recycling = true;
#endif

/// The spares of one thread. T has a `T* next_spare`, and a static `free_spare(T*)` for when the thread
/// ends.
template <class T>
class spare_list {
 public:
  // As many as come in one turn of a loop when pages reconnect all at once.
  static constexpr std::size_t kept_max = is_recycling ? 64 : 0;

  static spare_list& of_this_thread() noexcept { return list_; }

  /// Null: there is none.
  T* take() noexcept {
    if (!first_) return nullptr;
    --count_;
    return std::exchange(first_, first_->next_spare);
  }

  /// False: there are enough.
  bool keep(T* spare) noexcept {
    if (count_ >= kept_max) return false;
    if (count_++ == 0) {
      [[maybe_unused]] static thread_local const emptier at_end_of_thread;
    }
    spare->next_spare = std::exchange(first_, spare);
    return true;
  }

 private:
  struct emptier {
    emptier() noexcept {}
    ~emptier() {
      while (auto* spare = list_.take())
        T::free_spare(spare);
      list_.count_ = kept_max; // what is given back even later is freed
    }
  };

  static thread_local spare_list list_;

  T* first_ = nullptr;
  std::size_t count_ = 0;
};

template <class T>
constinit thread_local spare_list<T> spare_list<T>::list_;

/// Derive T from recycled<T>: `new T` takes a spare block, and `delete` keeps it. Nothing derives from T.
template <class T>
class recycled {
 public:
  static void* operator new(std::size_t size) {
    auto* spare = spare_list<block>::of_this_thread().take();
    return spare ? spare : ::operator new(size);
  }
  static void operator delete(void* memory) noexcept {
    auto* spare = new (memory) block;
    if (!spare_list<block>::of_this_thread().keep(spare)) block::free_spare(spare);
  }

 private:
  struct block {
    block* next_spare = nullptr;
    static void free_spare(block* spare) noexcept { ::operator delete(spare); }
  };
};

/// For Asio: an operation's memory is kept for the next of its kind. Outside of its own handlers Asio
/// would ask the heap each time.
template <class T>
struct recycling_allocator {
  using value_type = T;

  recycling_allocator() = default;
  template <class U>
  recycling_allocator(const recycling_allocator<U>&) noexcept {}

  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    if (count != 1) return std::allocator<T>{}.allocate(count);
    return static_cast<T*>(recycled<T>::operator new(sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    if (count != 1) return std::allocator<T>{}.deallocate(memory, count);
    recycled<T>::operator delete(memory);
  }

  bool operator==(const recycling_allocator&) const = default;
};

} // namespace vaquero::detail
