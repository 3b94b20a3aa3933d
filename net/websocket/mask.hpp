// Masking, RFC 6455 section 5.3: byte i of a payload is XORed with byte i mod 4 of the key, in
// place. A key is the number that its four bytes make in network order, as the RFC prints it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace vaquero {

namespace detail {

template <class Word>
Word load(const std::byte* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

template <class Word>
void store(std::byte* at, Word word) {
  std::memcpy(at, &word, sizeof word);
}

/// The word whose bytes in memory are the key's, so that a whole word can be XORed with it. It is
/// its own inverse.
constexpr std::uint32_t in_memory_order(std::uint32_t key) {
  return std::endian::native == std::endian::big ? key : __builtin_bswap32(key);
}

/// The same key for data that begins `offset` bytes later.
template <class Word>
constexpr Word advance_key(Word key, std::size_t offset) {
  const int bits = static_cast<int>(offset % 4) * 8;
  return std::endian::native == std::endian::big ? std::rotl(key, bits) : std::rotr(key, bits);
}

} // namespace detail

/// Reads the key from the four bytes that hold it in a frame.
inline std::uint32_t load_masking_key(const std::byte* at) {
  return detail::in_memory_order(detail::load<std::uint32_t>(at));
}

/// Masks or unmasks `data`, the part of a payload that begins `offset` bytes after the payload's
/// first.
void apply_mask(std::span<std::byte> data, std::uint32_t key, std::size_t offset = 0);

/// The same from a payload's first byte, inline, for short payloads. Returns whether all bytes are
/// ASCII now: the bytes are in registers anyway, so it is nearly free to know.
inline bool apply_mask_short(std::span<std::byte> data, std::uint32_t key) {
  std::byte* const at = data.data();
  const std::size_t size = data.size();
  const std::uint32_t half = detail::in_memory_order(key);
  const std::uint64_t word = half | std::uint64_t{half} << 32;
  if (size >= 8) {
    // The last word overlaps the one before: it is read before that is written, and writes the same
    // bytes again.
    const std::uint64_t last =
        detail::load<std::uint64_t>(at + size - 8) ^ detail::advance_key(word, size);
    std::uint64_t seen = last;
    for (std::size_t i = 0; i + 8 < size; i += 8) {
      const std::uint64_t plain = detail::load<std::uint64_t>(at + i) ^ word;
      detail::store(at + i, plain);
      seen |= plain;
    }
    detail::store(at + size - 8, last);
    return (seen & 0x8080808080808080) == 0;
  }
  const auto key_bytes = std::bit_cast<std::array<std::byte, 4>>(half);
  std::byte seen{};
  for (std::size_t i = 0; i < size; ++i) {
    at[i] ^= key_bytes[i % 4];
    seen |= at[i];
  }
  return (seen & std::byte{0x80}) == std::byte{};
}

} // namespace vaquero
