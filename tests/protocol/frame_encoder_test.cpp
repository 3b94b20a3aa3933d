#include "net/websocket/frame_encoder.hpp"
#include "net/websocket/utf8.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace vaquero;
using namespace std::string_literals;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string frame(opcode op, std::string_view payload) {
  std::string out;
  append_frame(out, op, payload);
  return out;
}

std::string header(opcode op, std::uint64_t size, bool fin = true) {
  std::byte out[max_frame_header];
  return {reinterpret_cast<const char*>(out), encode_header(out, op, size, fin)};
}

} // namespace

TEST_CASE("encoder: the examples of RFC 6455 section 5.7", "[encoder]") {
  REQUIRE(frame(opcode::text, "Hello") == "\x81\x05Hello");
  REQUIRE(header(opcode::text, 3, false) + "Hel" == "\x01\x03Hel");
  REQUIRE(header(opcode::continuation, 2) + "lo" == "\x80\x02lo");
  REQUIRE(frame(opcode::ping, "Hello") == "\x89\x05Hello");
  REQUIRE(header(opcode::binary, 256) == "\x82\x7E\x01\x00"s);
  REQUIRE(header(opcode::binary, 65536) == "\x82\x7F\0\0\0\0\0\x01\0\0"s);
  std::string masked;
  append_masked_frame(masked, opcode::text, "Hello", 0x37FA213D);
  REQUIRE(masked == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

TEST_CASE("encoder: a length takes the fewest bytes that hold it", "[encoder]") {
  REQUIRE(header(opcode::text, 0) == "\x81\x00"s);
  REQUIRE(header(opcode::text, 125) == "\x81\x7D");
  REQUIRE(header(opcode::text, 126) == "\x81\x7E\x00\x7E"s);
  REQUIRE(header(opcode::text, 65535) == "\x81\x7E\xFF\xFF");
  REQUIRE(header(opcode::text, 65536) == "\x81\x7F\0\0\0\0\0\x01\0\0"s);
  REQUIRE(header(opcode::text, 0x7FFFFFFFFFFFFFFF) == "\x81\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
}

TEST_CASE("encoder: RSV1 and FIN are set independently", "[encoder]") {
  REQUIRE(header(with_rsv1(opcode::text), 1) == "\xC1\x01");
  REQUIRE(header(with_rsv1(opcode::text), 1, false) == "\x41\x01");
  REQUIRE(header(opcode::text, 1, false) == "\x01\x01");
}

TEST_CASE("encoder: frames are appended to what is there", "[encoder]") {
  std::string out = "before";
  append_frame(out, opcode::text, "a");
  append_close(out, 1000, "b");
  append_masked_frame(out, opcode::continuation, "c", 0, false);
  REQUIRE(out == "before\x81\x01"s + "a\x88\x03\x03\xE8"s + "b\0\x81\0\0\0\0"s + "c");
}

TEST_CASE("encoder: a close without a code is empty, whatever the reason", "[encoder]") {
  std::string out;
  append_close(out, 0, "not sent");
  REQUIRE(out == "\x88\x00"s);
}

TEST_CASE("encoder: a reason of 123 bytes fits, one more is cut", "[encoder]") {
  for (const std::size_t size : {0, 122, 123, 124, 1000}) {
    std::string out;
    append_close(out, 4999, std::string(size, 'r'));
    const std::size_t kept = std::min<std::size_t>(size, 123);
    REQUIRE(out == "\x88"s + static_cast<char>(2 + kept) + "\x13\x87" + std::string(kept, 'r'));
  }
}

TEST_CASE("encoder: a long reason is cut between two characters", "[encoder]") {
  for (const std::string character : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"})
    for (std::size_t shift = 0; shift < 4; ++shift) {
      std::string reason(shift, 'x');
      while (reason.size() < 200)
        reason += character;
      std::string out;
      append_close(out, 1001, reason);
      const auto kept = std::string_view(out).substr(4);
      CAPTURE(character.size(), shift);
      REQUIRE(is_valid_utf8(kept));
      REQUIRE(kept.size() <= 123);
      REQUIRE(kept.size() > 123 - character.size());
      REQUIRE(reason.starts_with(kept));
    }
}

TEST_CASE("encoder: frame_size finds the boundaries of queued frames", "[encoder]") {
  for (const std::size_t size : {0, 1, 125, 126, 65535, 65536, 70000}) {
    const auto whole = frame(opcode::binary, std::string(size, 'p'));
    const std::size_t head = whole.size() - size;
    for (std::size_t seen = 0; seen < head; ++seen)
      REQUIRE(frame_size(bytes_of(whole.substr(0, seen))) == 0);
    REQUIRE(frame_size(bytes_of(whole.substr(0, head))) == whole.size());
    REQUIRE(frame_size(bytes_of(whole + frame(opcode::ping, "next"))) == whole.size());
  }
}
