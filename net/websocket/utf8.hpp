// UTF-8 as RFC 3629 defines it (no surrogates, no overlong forms, nothing above U+10FFFF), checked
// as the bytes arrive: a character may be cut anywhere between two calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vaquero {

class utf8_validator {
 public:
  /// False as soon as one byte cannot continue what came before; then only reset() makes it usable
  /// again.
  bool feed(std::span<const std::byte> bytes);

  /// Whether what was fed so far ends with a whole character.
  bool complete() const { return missing_ == 0; }

  void reset() { *this = {}; }

 private:
  bool start_character(std::uint8_t lead);

  std::uint8_t missing_ = 0; // continuation bytes that the character still lacks
  std::uint8_t lowest_ = 0x80;
  std::uint8_t highest_ = 0xBF; // the range of the next one; narrower after some lead bytes
};

/// Whether the whole text is UTF-8 that ends with a whole character.
bool is_valid_utf8(std::string_view text);

} // namespace vaquero
