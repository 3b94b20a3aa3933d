// Where mail arrives: a lock-free stack with many writers and one reader, in one word that also counts
// what lies in it and says whether an exit signal is among it. So senders pay for no second counter.
#pragma once

#include <caf/mailbox_element.hpp>

#include <atomic>
#include <cstdint>

#ifndef __x86_64__
#error "an inbox packs a pointer into 47 bits, which is what programs have on x86-64; arm64 has 48"
#endif

namespace vaquero {

class inbox {
 public:
  /// The count stops here, one before all its bits are set: who does something at each 1,024th is not to do
  /// so at each one from here on. It is exact again once the reader has taken what is there.
  static constexpr std::uint32_t count_max = (1u << 17) - 2;

  /// What a push found, before it: who had to know it need not ask again.
  class found {
   public:
    bool was_closed() const noexcept { return head_ == closed_tag; }
    bool was_blocked() const noexcept { return head_ == blocked_tag; }
    std::uint32_t count() const noexcept { return count_of(head_); }

   private:
    friend class inbox;
    explicit found(std::uint64_t head) noexcept : head_(head) {}
    std::uint64_t head_;
  };

  /// Takes the mail, unless it was closed, or there was no room: then the mail stays the caller's. Where
  /// it was blocked somebody has to run the reader now. A signal is no message, and is not counted. Any thread.
  found push(caf::mailbox_element* mail, bool is_signal, std::uint32_t room = 0xFFFFFFFF) noexcept {
    // Acquired: who finds it closed sees what the closer did before, its exit reason among it.
    auto head = head_.load(std::memory_order_acquire);
    while (true) {
      if (head == closed_tag || count_of(head) >= room) [[unlikely]]
        return found{head};
      mail->next = mail_of(head);
      auto low = head & low_mask;
      if (low < word{count_max} << 1 && !is_signal) [[likely]]
        low += count_one;
      if (head_.compare_exchange_weak(head, word_of(mail) | low | static_cast<word>(is_signal)))
        return found{head};
    }
  }

  /// How much lies in it. Any thread.
  std::uint32_t count() const noexcept { return count_of(head_.load(std::memory_order_relaxed)); }

  // -- the reader ---------------------------------------------------------------------------------

  bool has_signal() const noexcept {
    return (head_.load(std::memory_order_relaxed) & signal_bit) != 0;
  }
  bool blocked() const noexcept { return head_.load(std::memory_order_relaxed) == blocked_tag; }
  bool closed() const noexcept { return head_.load(std::memory_order_relaxed) == closed_tag; }

  /// From empty to blocked: the next push says `woke_reader`.
  bool try_block() noexcept {
    word expected = empty_tag;
    return head_.compare_exchange_strong(expected, blocked_tag);
  }

  struct taken {
    caf::mailbox_element* newest; // each one's `next` is the one before it
    bool has_signal;
  };
  /// Takes all, and leaves it empty.
  taken take() noexcept {
    if ((head_.load(std::memory_order_relaxed) & ~blocked_tag) == empty_tag)
      return {nullptr, false};
    const auto head = head_.exchange(empty_tag);
    return {mail_of(head), (head & signal_bit) != 0};
  }

  /// Takes all; what is pushed from now on is refused.
  caf::mailbox_element* close() noexcept { return mail_of(head_.exchange(closed_tag)); }

 private:
  // A pointer of 47 bits whose lowest 3 are zero, and below it 2 bits for what is no list, 17 of the count
  // and 1 that tells of a signal.
  using word = std::uint64_t;
  static constexpr word empty_tag = 0;
  static constexpr word signal_bit = 1;
  static constexpr word count_one = 2;
  static constexpr word count_bits = word{(1u << 17) - 1} << 1;
  static constexpr word low_mask = count_bits | signal_bit;
  static constexpr word blocked_tag = word{1} << 18;
  static constexpr word closed_tag = word{1} << 19;
  static constexpr unsigned pointer_shift = 17;

  static word word_of(caf::mailbox_element* mail) noexcept {
    return static_cast<word>(reinterpret_cast<std::uintptr_t>(mail)) << pointer_shift;
  }
  static caf::mailbox_element* mail_of(word head) noexcept {
    return reinterpret_cast<caf::mailbox_element*>((head >> pointer_shift) & ~std::uintptr_t{7});
  }
  static std::uint32_t count_of(word head) noexcept {
    return static_cast<std::uint32_t>((head & count_bits) >> 1);
  }

  std::atomic<word> head_ = empty_tag;
};

} // namespace vaquero
