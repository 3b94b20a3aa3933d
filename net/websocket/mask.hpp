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

using vector_of_words = std::uint64_t __attribute__((vector_size(16)));

/// Masks at least one word in whole words. The last overlaps the one before: it is read before that
/// is written, and writes the same bytes again. Returns the bits that are set in any word.
template <class Word>
Word mask_whole_words(std::byte* at, std::size_t size, Word key, Word last_key) {
  const std::size_t last_at = size - sizeof(Word);
  const Word last = load<Word>(at + last_at) ^ last_key;
  Word seen = last;
  for (std::size_t i = 0; i < last_at; i += sizeof(Word)) {
    const Word plain = load<Word>(at + i) ^ key;
    store(at + i, plain);
    seen |= plain;
  }
  store(at + last_at, last);
  return seen;
}

} // namespace detail

/// Reads the key from the four bytes that hold it in a frame.
inline std::uint32_t load_masking_key(const std::byte* at) {
  return detail::in_memory_order(detail::load<std::uint32_t>(at));
}

/// Masks or unmasks `data`, the part of a payload that begins `offset` bytes after the payload's
/// first.
void apply_mask(std::span<std::byte> data, std::uint32_t key, std::size_t offset = 0);

/// The same for a whole payload, inline because most are short. Returns whether all its bytes are
/// ASCII now: they are in registers anyway, so it is nearly free to know.
inline bool apply_mask_to_whole(std::span<std::byte> data, std::uint32_t key) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::byte* const at = data.data();
  const std::size_t size = data.size();
  const std::uint32_t first = detail::in_memory_order(key);
  const std::uint64_t first_word = first | std::uint64_t{first} << 32;
  const std::uint64_t last_word = detail::advance_key(first_word, size);
  if (size >= 16) {
    using vector = detail::vector_of_words;
    const auto seen = detail::mask_whole_words(at, size, vector{first_word, first_word},
                                               vector{last_word, last_word});
    return ((seen[0] | seen[1]) & high_bits) == 0;
  }
  if (size >= 8)
    return (detail::mask_whole_words(at, size, first_word, last_word) & high_bits) == 0;
  if (size >= 4)
    return (detail::mask_whole_words(at, size, first, static_cast<std::uint32_t>(last_word)) &
            high_bits) == 0;
  std::byte seen{};
  for (std::size_t i = 0; i < size; ++i) {
    at[i] ^= std::bit_cast<std::array<std::byte, 4>>(first)[i];
    seen |= at[i];
  }
  return (seen & std::byte{0x80}) == std::byte{};
}

} // namespace vaquero
