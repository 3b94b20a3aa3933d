// The ASCII rules that HTTP's grammar is made of (RFC 9110 section 5.6). The C library's own
// functions depend on the locale and are undefined for negative chars; these are neither.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace vaquero::ascii {

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Whether two texts are equal when the case of ASCII letters does not count.
inline bool iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  // Clients mostly write names as the RFCs do, so the exact comparison usually decides.
  if (std::memcmp(a.data(), b.data(), a.size()) == 0) return true;
  return std::equal(a.begin(), a.end(), b.begin(),
                    [](char x, char y) { return to_lower(x) == to_lower(y); });
}

/// The same where the size of one is known when it is compiled, so that the exact comparison is inlined.
template <std::size_t Size>
bool iequals(std::string_view a, const char (&literal)[Size]) {
  constexpr std::size_t length = Size - 1;
  if (a.size() != length) return false;
  if (std::memcmp(a.data(), literal, length) == 0) return true;
  return iequals(a, std::string_view{literal, length});
}

/// A set of characters, built at compile time.
class char_set {
 public:
  constexpr explicit char_set(std::string_view others, bool letters_and_digits) {
    for (char c : others)
      bits_[static_cast<unsigned char>(c)] = true;
    if (!letters_and_digits) return;
    for (char c = '0'; c <= '9'; ++c)
      bits_[static_cast<unsigned char>(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c)
      bits_[static_cast<unsigned char>(c)] = true;
    for (char c = 'A'; c <= 'Z'; ++c)
      bits_[static_cast<unsigned char>(c)] = true;
  }
  constexpr bool contains(char c) const { return bits_[static_cast<unsigned char>(c)]; }
  constexpr bool contains_all(std::string_view text) const {
    return std::all_of(text.begin(), text.end(), [this](char c) { return contains(c); });
  }

 private:
  std::array<bool, 256> bits_{};
};

inline constexpr char_set token_chars{"!#$%&'*+-.^_`|~", true};

/// A non-empty token of RFC 9110 section 5.6.2.
constexpr bool is_token(std::string_view text) {
  return !text.empty() && token_chars.contains_all(text);
}

/// The text without spaces and tabs at its ends ("OWS").
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

/// Cuts the part before `separator` off the front of `rest` and returns it trimmed.
constexpr std::string_view next_part(std::string_view& rest, char separator) {
  auto end = rest.find(separator);
  auto part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return trim(part);
}

/// Whether a comma-separated list holds the element, in any case.
inline bool list_contains(std::string_view list, std::string_view element) {
  if (iequals(list, element)) return true; // mostly it is the only one
  while (!list.empty())
    if (iequals(next_part(list, ','), element)) return true;
  return false;
}

} // namespace vaquero::ascii
