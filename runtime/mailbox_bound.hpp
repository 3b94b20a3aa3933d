// How long a mailbox may grow, and what becomes of what is sent to a full one. Values.
#pragma once

#include <cstdint>

namespace vaquero {

/// What a process does whose mailbox is full.
enum class when_full : std::uint8_t {
  kill,         // it ends as by `kill`, with the reason `mailbox_full`
  drop_newest,  // what is sent is dropped; a request is refused
  refuse_calls, // requests are refused, all else is taken
};

/// Exit signals, `down`s and responses are always taken: what was promised comes.
struct mailbox_bound {
  /// How many messages may wait, from 1 to 100,000; 0 is no bound. Above 8,191 it is rounded up to a
  /// multiple of 16.
  std::uint32_t messages_max = 0;
  vaquero::when_full when_full = vaquero::when_full::kill;

  static constexpr std::uint32_t limit_max = 100'000;
  static constexpr std::uint32_t none = 0xFFFFFFFF;

  /// Both in the 16 bits that a process has for it. Throws std::invalid_argument if out of range.
  std::uint16_t packed() const;
  static mailbox_bound unpacked(std::uint16_t bits) noexcept;

  bool operator==(const mailbox_bound&) const = default;
};

} // namespace vaquero
