#include "net/websocket/deflate_pool.hpp"
#include "net/websocket/deflater.hpp"
#include "tests/support/deflate_streams.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

std::string compressed(deflater& by, std::string_view message) {
  detail::payload_buffer out;
  by.deflate(message, out);
  return std::string{text_of(out)};
}

std::vector<std::string> messages() {
  return {"Hello",
          "",
          "",
          "Hello",
          std::string(1, '\0'),
          repetitive_text(1000, 200),
          repetitive_text(100'000, 40'000),
          random_bytes(70'000),
          std::string(1'000'000, 'x'),
          "Hello"};
}

} // namespace

TEST_CASE("deflater: what the RFC compresses comes out as there", "[deflate]") {
  deflater shared({}, 15, false);
  const std::string hello{"\xF2\x48\xCD\xC9\xC9\x07\x00", 7}; // RFC 7692 section 7.2.3.1
  CHECK(compressed(shared, "Hello") == hello);
  CHECK(compressed(shared, "Hello") == hello);
  CHECK(compressed(shared, "") == std::string(1, '\0')); // section 7.2.3.6

  deflater own({}, 15, true);
  CHECK(compressed(own, "Hello") == hello);
  CHECK(compressed(own, "Hello") == std::string("\xF2\x00\x11\x00\x00", 5)); // section 7.2.3.2
}

TEST_CASE("deflater: a peer with just that window reads all of it", "[deflate]") {
  for (int bits = 8; bits <= 15; ++bits)
    for (bool keeps_context : {true, false}) {
      CAPTURE(bits, keeps_context);
      deflater ours({}, bits, keeps_context);
      peer_inflater peer(bits);
      for (const auto& message : messages()) {
        if (!keeps_context) peer.forget();
        REQUIRE(peer.message(compressed(ours, message)) == message);
      }
    }
}

TEST_CASE("deflater: a window of 256 bytes is kept though zlib has none", "[deflate]") {
  // All that repeats here lies more than 256 bytes back, and less than 512.
  const auto block = random_bytes(300);
  const auto message = block + block + block;
  deflater larger({}, 10, false);
  CHECK(compressed(larger, message).size() < 400);
  CHECK_THROWS_WITH(peer_inflater(8).message(compressed(larger, message)),
                    "invalid distance too far back");
  deflater ours({}, 8, false);
  CHECK(peer_inflater(8).message(compressed(ours, message)) == message);
}

TEST_CASE("deflater: every level, memory level and strategy can be read", "[deflate]") {
  using enum deflate_strategy;
  const auto message = repetitive_text(5000, 4000);
  for (auto strategy : {standard, filtered, huffman_only, rle})
    for (int level = 0; level <= 9; ++level)
      for (int mem_level : {1, 8, 9}) {
        CAPTURE(static_cast<int>(strategy), level, mem_level);
        deflater ours({.level = level, .mem_level = mem_level, .strategy = strategy}, 15, true);
        peer_inflater peer;
        CHECK(peer.message(compressed(ours, message)) == message);
        CHECK(peer.message(compressed(ours, message)) == message);
      }
}

TEST_CASE("deflater: only one that keeps its context makes a repeated message short", "[deflate]") {
  const auto message = random_bytes(1000);
  deflater own({}, 15, true), shared({}, 15, false);
  CHECK(compressed(own, message).size() >= 1000);
  CHECK(compressed(own, message).size() < 30);
  CHECK(compressed(shared, message).size() >= 1000);
  CHECK(compressed(shared, message).size() >= 1000);
}

TEST_CASE("deflate pool: streams are made once for each kind, and bounded", "[deflate]") {
  deflate_pool pool;
  auto* first = &pool.compressor({}, 15);
  CHECK(first == &pool.compressor({}, 15));
  CHECK(&pool.decompressor() == &pool.decompressor());
  detail::payload_buffer out;
  for (int level = 0; level <= 9; ++level)
    for (int bits : {9, 12, 15})
      pool.compressor({.level = level}, bits).deflate("Hello", out); // more than are kept
  // The one asked for is the right one all the same.
  pool.compressor({.level = 0}, 15).deflate("Hello", out);
  CHECK(out.size() > 7);
  pool.compressor({.level = 6}, 15).deflate("Hello", out);
  CHECK(text_of(out) == std::string_view("\xF2\x48\xCD\xC9\xC9\x07\x00", 7));
}
