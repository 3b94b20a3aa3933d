#include "net/websocket/mask.hpp"

namespace vaquero {

void apply_mask(std::span<std::byte> data, std::uint32_t key, std::size_t offset) {
  const std::uint32_t half = detail::advance_key(detail::in_memory_order(key), offset);
  const std::uint64_t word = half | std::uint64_t{half} << 32;
  std::byte* at = data.data();
  std::size_t left = data.size();
  // Four independent words a turn: the compiler makes vector operations of them.
  for (; left >= 32; left -= 32, at += 32)
    for (std::size_t i = 0; i < 32; i += 8)
      detail::store(at + i, detail::load<std::uint64_t>(at + i) ^ word);
  for (; left >= 8; left -= 8, at += 8)
    detail::store(at, detail::load<std::uint64_t>(at) ^ word);
  const auto key_bytes = std::bit_cast<std::array<std::byte, 4>>(half);
  for (std::size_t i = 0; i < left; ++i)
    at[i] ^= key_bytes[i % 4];
}

} // namespace vaquero
