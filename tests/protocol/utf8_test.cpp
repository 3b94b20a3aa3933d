#include "net/websocket/utf8.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>

using vaquero::is_valid_utf8;
using vaquero::utf8_validator;

namespace {

/// RFC 3629's grammar, one character at a time and as plain as can be. Returns the size of the
/// first one, 0 if invalid.
std::size_t first_character(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
  const auto in = [&](std::size_t i, unsigned low, unsigned high) {
    return at(i) >= low && at(i) <= high;
  };
  if (in(0, 0, 0x7F)) return 1;
  if (in(0, 0xC2, 0xDF) && tail(1)) return 2;
  if (in(0, 0xE0, 0xE0) && in(1, 0xA0, 0xBF) && tail(2)) return 3;
  if ((in(0, 0xE1, 0xEC) || in(0, 0xEE, 0xEF)) && tail(1) && tail(2)) return 3;
  if (in(0, 0xED, 0xED) && in(1, 0x80, 0x9F) && tail(2)) return 3;
  if (in(0, 0xF0, 0xF0) && in(1, 0x90, 0xBF) && tail(2) && tail(3)) return 4;
  if (in(0, 0xF1, 0xF3) && tail(1) && tail(2) && tail(3)) return 4;
  if (in(0, 0xF4, 0xF4) && in(1, 0x80, 0x8F) && tail(2) && tail(3)) return 4;
  return 0;
}

bool plainly_valid(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = first_character(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool valid_in_parts(std::string_view text, std::size_t part) {
  utf8_validator validator;
  for (std::size_t i = 0; i < text.size(); i += part)
    if (!validator.feed(std::as_bytes(std::span(text.substr(i, part))))) return false;
  return validator.complete();
}

std::string bytes(std::uint32_t big_endian, std::size_t size) {
  std::string text;
  for (std::size_t i = size; i-- > 0;)
    text += static_cast<char>(big_endian >> (8 * i) & 0xFF);
  return text;
}

} // namespace

TEST_CASE("utf8: sequences of up to three bytes are judged as RFC 3629 says", "[utf8]") {
  bool same = true;
  const auto judge = [&](std::uint32_t first, std::uint32_t last, std::size_t size) {
    for (std::uint32_t value = first; value <= last; ++value) {
      const auto text = bytes(value, size);
      same = same && is_valid_utf8(text) == plainly_valid(text);
    }
  };
  judge(0, 0xFF, 1);
  judge(0, 0xFFFF, 2);
  judge(0xE00000, 0xEFFFFF, 3); // behind other leads, three bytes are shorter characters
  REQUIRE(same);
}

TEST_CASE("utf8: sequences of four bytes are judged so at every boundary", "[utf8]") {
  const unsigned edges[] = {0x41, 0x7F, 0x80, 0xBF, 0xC0, 0xFF};
  bool same = true;
  for (unsigned lead = 0x80; lead <= 0xFF; ++lead)
    for (unsigned second = 0; second <= 0xFF; ++second)
      for (unsigned third : edges)
        for (unsigned fourth : edges) {
          const auto text = bytes(lead << 24 | second << 16 | third << 8 | fourth, 4);
          const bool expected = plainly_valid(text);
          same = same && is_valid_utf8(text) == expected && valid_in_parts(text, 1) == expected;
        }
  REQUIRE(same);
}

TEST_CASE("utf8: the verdict does not depend on where the text is cut", "[utf8]") {
  std::mt19937 random(20240601);
  const char* const pieces[] = {"a",
                                "plain ascii of some length ",
                                "\xC3\xA9",
                                "\xE2\x82\xAC",
                                "\xF0\x9F\x98\x80",
                                "\xED\xA0\x80",
                                "\xC0\xAF",
                                "\xE2\x82"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    // The last two pieces are invalid: most texts have none of them.
    const std::size_t choices = round % 4 == 0 ? std::size(pieces) : 5;
    for (unsigned i = random() % 12; i > 0; --i)
      text += pieces[random() % choices];
    CAPTURE(text);
    const bool expected = plainly_valid(text);
    REQUIRE(is_valid_utf8(text) == expected);
    for (std::size_t part = 1; part <= 9; ++part)
      REQUIRE(valid_in_parts(text, part) == expected);
  }
}

TEST_CASE("utf8: an invalid byte is found at every offset of a long text", "[utf8]") {
  const std::string text(100, 'x');
  for (std::size_t at = 0; at < text.size(); ++at)
    for (const char wrong : {'\x80', '\xC1', '\xF5', '\xFF'}) {
      auto broken = text;
      broken[at] = wrong;
      REQUIRE_FALSE(is_valid_utf8(broken));
    }
}

TEST_CASE("utf8: a character that is cut is not complete but not wrong", "[utf8]") {
  utf8_validator validator;
  REQUIRE(validator.complete());
  REQUIRE(validator.feed(std::as_bytes(std::span(std::string_view("\xF0\x9F\x98")))));
  REQUIRE_FALSE(validator.complete());
  REQUIRE(validator.feed(std::as_bytes(std::span(std::string_view("\x80")))));
  REQUIRE(validator.complete());
}

TEST_CASE("utf8: it fails at the first byte that cannot be continued", "[utf8]") {
  const auto feed = [](std::string_view text) {
    return utf8_validator().feed(std::as_bytes(std::span(text)));
  };
  REQUIRE_FALSE(feed("\xED\xA0"));     // a surrogate
  REQUIRE_FALSE(feed("\xE0\x9F"));     // overlong
  REQUIRE_FALSE(feed("\xF0\x8F"));     // overlong
  REQUIRE_FALSE(feed("\xF4\x90"));     // beyond U+10FFFF
  REQUIRE_FALSE(feed("text\xE2\x28")); // not a continuation
}

TEST_CASE("utf8: reset forgets an unfinished character", "[utf8]") {
  utf8_validator validator;
  REQUIRE(validator.feed(std::as_bytes(std::span(std::string_view("\xE0")))));
  validator.reset();
  REQUIRE(validator.complete());
  REQUIRE(validator.feed(std::as_bytes(std::span(std::string_view("a")))));
}
