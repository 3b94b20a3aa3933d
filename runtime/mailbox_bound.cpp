#include "runtime/mailbox_bound.hpp"

#include <stdexcept>

namespace vaquero {

namespace {

// From the top: policy (2 bits, 0 is no bound), whether the number counts in sixteens, number (13 bits).
constexpr unsigned policy_shift = 14;
constexpr std::uint16_t sixteens = 1u << 13;
constexpr std::uint16_t number_mask = sixteens - 1;

} // namespace

std::uint16_t mailbox_bound::packed() const {
  if (messages_max == 0) return 0;
  if (messages_max > limit_max)
    throw std::invalid_argument{"a mailbox is bounded at 1 to 100000 messages, or 0: not at all"};
  const auto policy = (static_cast<unsigned>(when_full) + 1) << policy_shift;
  const auto number =
      messages_max <= number_mask ? messages_max : ((messages_max + 15) / 16) | sixteens;
  return static_cast<std::uint16_t>(policy | number);
}

mailbox_bound mailbox_bound::unpacked(std::uint16_t bits) noexcept {
  if (bits == 0) return {};
  const std::uint32_t number = bits & number_mask;
  return {(bits & sixteens) != 0 ? number * 16 : number,
          static_cast<vaquero::when_full>((bits >> policy_shift) - 1)};
}

} // namespace vaquero
