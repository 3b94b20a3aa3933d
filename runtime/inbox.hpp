// Where mail arrives: a lock-free stack with many writers and one reader, in one word that also counts
// what lies in it and says whether an exit signal is among it. So senders pay for no second counter.
#pragma once

#include <caf/mailbox_element.hpp>

#include <atomic>
#include <cstdint>

namespace vaquero {

class inbox {
 public:
  enum class outcome : std::uint8_t {
    pushed,
    woke_reader, // the reader had blocked: somebody has to run it
    full,        // as much as there is room for lies in it
    closed,
  };

  /// The count stops here. It is exact again once the reader has taken what is there.
  static constexpr std::uint32_t count_max = (1u << 17) - 1;

  /// Takes the mail if the outcome is `pushed` or `woke_reader`; else it stays the caller's.
  /// Any thread. `count` becomes what lies in it now.
  outcome push(caf::mailbox_element* mail, bool is_signal, std::uint32_t room,
               std::uint32_t& count) noexcept {
    auto head = head_.load(std::memory_order_relaxed);
    while (true) {
      if (head == closed_tag) return outcome::closed;
      count = count_of(head);
      if (count >= room) return outcome::full;
      mail->next = mail_of(head);
      count += count < count_max;
      const auto signal = (head & signal_bit) | static_cast<word>(is_signal);
      if (head_.compare_exchange_weak(head, word_of(mail) | (word{count} << 1) | signal))
        return head == blocked_tag ? outcome::woke_reader : outcome::pushed;
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
    if ((head_.load(std::memory_order_relaxed) & ~blocked_tag) == empty_tag) return {nullptr, false};
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
    return static_cast<std::uint32_t>(head >> 1) & count_max;
  }

  std::atomic<word> head_ = empty_tag;
};

} // namespace vaquero
