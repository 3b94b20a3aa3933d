#include "net/websocket/inflater.hpp"
#include "tests/support/deflate_streams.hpp"

#include <catch2/catch.hpp>

#include <cstring>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

/// The message, or the error's name in brackets.
std::string inflated(inflater& by, std::string_view payload, inflate_limits limits = {}) {
  // In memory of exactly its size, so that a sanitizer sees a step beyond it.
  std::vector<char> memory(payload.begin(), payload.end());
  detail::payload_buffer out;
  const auto error = by.inflate(std::as_bytes(std::span(memory)), limits, out);
  if (!error) return std::string{text_of(out)};
  static constexpr const char* names[] = {"[badframe]", "[badencoding]", "[badsize]"};
  return names[static_cast<int>(*error)];
}

std::string inflated(std::string_view payload, inflate_limits limits = {}) {
  inflater fresh(15, false);
  return inflated(fresh, payload, limits);
}

constexpr std::string_view hello{"\xF2\x48\xCD\xC9\xC9\x07\x00", 7};

} // namespace

TEST_CASE("inflater: the examples of RFC 7692 section 7.2.3", "[deflate]") {
  inflater own(15, true);
  CHECK(inflated(own, hello) == "Hello");
  CHECK(inflated(own, {"\xF2\x00\x11\x00\x00", 5}) == "Hello"); // refers to the first
  CHECK(inflated({"\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00", 11}) == "Hello"); // stored
  CHECK(inflated({"\xF3\x48\xCD\xC9\xC9\x07\x00\x00", 8}) == "Hello");              // BFINAL
  CHECK(inflated({"\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00", 13}) == "Hello");
  CHECK(inflated({"\x00", 1}) == "");
}

TEST_CASE("inflater: a compressed message without a byte is empty and harms nothing", "[deflate]") {
  inflater own(15, true);
  CHECK(inflated(own, hello) == "Hello");
  CHECK(inflated(own, "") == "");
  CHECK(inflated(own, "", {.max_size = 0, .check_text = true}) == "");
  CHECK(inflated(own, {"\xF2\x00\x11\x00\x00", 5}) == "Hello");
}

TEST_CASE("inflater: it reads what zlib wrote, with every window", "[deflate]") {
  for (int bits = 9; bits <= 15; ++bits) {
    peer_deflater peer(bits);
    inflater own(bits, true);
    for (const auto& message :
         {repetitive_text(100'000, 40'000), random_bytes(100'000), std::string("x"),
          std::string(900'000, 'x'), repetitive_text(100, 10)}) {
      CAPTURE(bits, message.size());
      REQUIRE(inflated(own, peer.message(message)) == message);
    }
  }
}

TEST_CASE("inflater: a shared one reads whatever window, and forgets each message", "[deflate]") {
  inflater shared(15, false);
  for (int round = 0; round < 3; ++round)
    for (int bits = 9; bits <= 15; ++bits) {
      peer_deflater peer(bits);
      const auto message = repetitive_text(50'000, 30'000);
      REQUIRE(inflated(shared, peer.message(message)) == message);
    }
  CHECK(inflated(shared, hello) == "Hello");
  CHECK(inflated(shared, {"\xF2\x00\x11\x00\x00", 5}) == "[badframe]");
  CHECK(inflated(shared, hello) == "Hello"); // an error harms only its own message
}

TEST_CASE("inflater: a client that may take context over need not", "[deflate]") {
  peer_deflater peer;
  inflater own(15, true);
  const auto message = random_bytes(500);
  for (int round = 0; round < 10; ++round) {
    if (round % 3 == 0) peer.forget();
    CHECK(inflated(own, peer.message(message)) == message);
  }
}

TEST_CASE("inflater: a reference beyond the window that was agreed on is refused", "[deflate]") {
  const auto block = random_bytes(1500);
  peer_deflater peer(15);
  const auto payload = peer.message(block + repetitive_text(30'000, 200) + block);
  CHECK(inflated(payload).size() == 33'000);
  inflater narrow(10, true);
  detail::payload_buffer out;
  // Through one buffer zlib sees only what is behind its window, so the parts come as two messages.
  peer_deflater again(15);
  CHECK(inflated(narrow, again.message(block)) == block);
  CHECK(inflated(narrow, again.message(repetitive_text(3'000, 200))).size() == 3'000);
  CHECK(inflated(narrow, again.message(block)) == "[badframe]");
}

TEST_CASE("inflater: final blocks may stand anywhere, and what follows refers back", "[deflate]") {
  const auto word = random_bytes(40);
  peer_deflater first, second;
  const auto ended = first.compress(word, Z_FINISH);
  inflater own(15, true);
  CHECK(inflated(own, ended + std::string(1, '\0')) == word);
  // Refers to the message before, across the end of its stream.
  peer_deflater keeps;
  keeps.message(word);
  CHECK(inflated(own, keeps.message(word)) == word);
  // Two streams in one message.
  CHECK(inflated(ended + second.message("more")) == word + "more");
  // A million of them cost what other bytes cost.
  std::string empty_streams;
  for (int i = 0; i < 400'000; ++i)
    empty_streams += std::string("\x03\x00", 2);
  CHECK(inflated(empty_streams + std::string(1, '\0')) == "");
}

TEST_CASE("inflater: max_size is what may come out", "[deflate]") {
  peer_deflater peer;
  for (std::size_t size : {1, 64, 65, 1000, 65536, 100'000}) {
    peer.forget();
    const auto payload = peer.message(std::string(size, 'x'));
    CAPTURE(size);
    CHECK(inflated(payload, {.max_size = size}) == std::string(size, 'x'));
    CHECK(inflated(payload, {.max_size = size - 1}) == "[badsize]");
  }
  CHECK(inflated(hello, {.max_size = 0}) == "[badsize]");
  CHECK(inflated({"\0", 1}, {.max_size = 0}) == "");
  CHECK(inflated(hello, {.max_size = UINT64_MAX}) == "Hello");
}

TEST_CASE("inflater: a deflate bomb costs no more than max_size", "[deflate]") {
  peer_deflater peer;
  const auto bomb = peer.message(std::string(100'000'000, '\0'));
  REQUIRE(bomb.size() < 100'000);
  inflater shared(15, false);
  detail::payload_buffer out;
  const auto error = shared.inflate(std::as_bytes(std::span(bomb)), {.max_size = 10'000}, out);
  CHECK(error == decode_error::badsize);
  CHECK(out.size() == 10'001);
  CHECK(out.capacity() == 10'001);
}

TEST_CASE("inflater: the buffer is bounded by twice what came out", "[deflate]") {
  peer_deflater peer;
  for (std::size_t size : {1, 100, 1000, 33'000, 500'000}) {
    detail::payload_buffer out;
    inflater shared(15, false);
    const auto payload = peer.message(random_bytes(size));
    peer.forget();
    REQUIRE_FALSE(shared.inflate(std::as_bytes(std::span(payload)), {}, out));
    CHECK(out.capacity() <= 64 + 2 * size);
  }
}

TEST_CASE("inflater: a message that is cut off or no DEFLATE is badframe", "[deflate]") {
  const auto message = repetitive_text(3000, 1000);
  peer_deflater peer;
  const auto payload = peer.message(message);
  REQUIRE(inflated(payload) == message);
  // With its last byte it loses no more than the end of the empty block, and with none it is empty.
  for (std::size_t size = 1; size + 1 < payload.size(); ++size) {
    CAPTURE(size);
    CHECK(inflated(payload.substr(0, size)) == "[badframe]");
  }
  CHECK(inflated("\x07") == "[badframe]"); // a block type that is reserved
  CHECK(inflated("\xFF\xFF\xFF\xFF") == "[badframe]");
  CHECK(inflated("not compressed at all") == "[badframe]");
  CHECK(inflated(std::string{"\xF3\x48\xCD\xC9\xC9\x07\x00", 7}) == "[badframe]"); // lacks a 00
}

TEST_CASE("inflater: texts are checked as they come", "[deflate]") {
  peer_deflater peer;
  const auto compressed = [&](std::string_view text) {
    peer.forget();
    return peer.message(text);
  };
  const inflate_limits texts{.check_text = true};
  const std::string euro = "\xE2\x82\xAC";
  std::string euros;
  for (int i = 0; i < 30'000; ++i)
    euros += euro; // characters lie across every bound of the growing buffer
  CHECK(inflated(compressed(euros), texts) == euros);
  CHECK(inflated(compressed("x" + euros), texts) == "x" + euros);
  CHECK(inflated(compressed(euros + "\xFF"), texts) == "[badencoding]");
  CHECK(inflated(compressed(euros + "\xE2\x82"), texts) == "[badencoding]");
  CHECK(inflated(compressed(euros + "\xE2\x82")) == euros + "\xE2\x82");
  // The bad byte comes before the limit, and before the cut.
  const auto bad = compressed("\xFF" + std::string(200, 'x'));
  CHECK(inflated(bad, {.max_size = 210, .check_text = true}) == "[badencoding]");
}
