#include "net/websocket/utf8.hpp"

#include <cstring>

namespace vaquero {
namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080;

std::uint64_t load_word(const std::uint8_t* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

const std::uint8_t* skip_ascii(const std::uint8_t* at, const std::uint8_t* end) {
  while (end - at >= 32) {
    if (((load_word(at) | load_word(at + 8) | load_word(at + 16) | load_word(at + 24)) &
         high_bits) != 0)
      break;
    at += 32;
  }
  while (end - at >= 8 && (load_word(at) & high_bits) == 0)
    at += 8;
  while (at != end && *at < 0x80)
    ++at;
  return at;
}

bool continues(std::uint8_t byte) { return (byte & 0xC0) == 0x80; }

/// The size of the character of two to four bytes at `at`; 0 if it is not valid or the end cuts it.
std::size_t long_character(const std::uint8_t* at, const std::uint8_t* end) {
  const std::uint8_t lead = at[0];
  const auto left = end - at;
  if (lead < 0xE0) return lead >= 0xC2 && left >= 2 && continues(at[1]) ? 2 : 0;
  if (lead < 0xF0) {
    if (left < 3 || !continues(at[1]) || !continues(at[2])) return 0;
    if ((lead == 0xE0 && at[1] < 0xA0) || (lead == 0xED && at[1] > 0x9F)) return 0;
    return 3;
  }
  if (lead > 0xF4 || left < 4 || !continues(at[1]) || !continues(at[2]) || !continues(at[3]))
    return 0;
  if ((lead == 0xF0 && at[1] < 0x90) || (lead == 0xF4 && at[1] > 0x8F)) return 0;
  return 4;
}

/// Skips the characters that are valid and whole. It judges nothing: what it stops at goes byte by
/// byte.
const std::uint8_t* skip_whole_characters(const std::uint8_t* at, const std::uint8_t* end) {
  for (;;) {
    at = skip_ascii(at, end);
    // Text in other scripts comes in runs: it stays here until the next ASCII character.
    while (at != end && *at >= 0x80) {
      const std::size_t size = long_character(at, end);
      if (size == 0) return at;
      at += size;
    }
    if (at == end) return at;
  }
}

} // namespace

bool utf8_validator::start_character(std::uint8_t lead) {
  lowest_ = 0x80;
  highest_ = 0xBF;
  if (lead < 0x80) return true;
  if (lead < 0xC2 || lead > 0xF4) return false;
  if (lead < 0xE0) {
    missing_ = 1;
  } else if (lead < 0xF0) {
    missing_ = 2;
    if (lead == 0xE0) lowest_ = 0xA0;  // below: overlong
    if (lead == 0xED) highest_ = 0x9F; // above: surrogates
  } else {
    missing_ = 3;
    if (lead == 0xF0) lowest_ = 0x90;  // below: overlong
    if (lead == 0xF4) highest_ = 0x8F; // above: beyond U+10FFFF
  }
  return true;
}

bool utf8_validator::feed(std::span<const std::byte> bytes) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto* end = at + bytes.size();
  while (at != end) {
    if (missing_ == 0) {
      at = skip_whole_characters(at, end);
      if (at == end) return true;
      if (!start_character(*at++)) return false;
      continue;
    }
    if (*at < lowest_ || *at > highest_) return false;
    ++at;
    --missing_;
    lowest_ = 0x80;
    highest_ = 0xBF;
  }
  return true;
}

bool is_valid_utf8(std::string_view text) {
  utf8_validator validator;
  return validator.feed(std::as_bytes(std::span(text))) && validator.complete();
}

} // namespace vaquero
