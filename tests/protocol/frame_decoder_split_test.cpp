#include "net/websocket/frame_encoder.hpp"
#include "tests/support/sessions.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

using namespace vaquero;
using namespace vaquero::testing;

TEST_CASE("decoder: events do not depend on where the stream is cut in two", "[decoder]") {
  for (const auto& session : sessions()) {
    const auto whole = decode(session.bytes, session.options);
    for (std::size_t at = 0; at <= session.bytes.size(); ++at) {
      decoding run{.options = session.options};
      run.feed(session.bytes.substr(0, at));
      run.feed(session.bytes.substr(at));
      CAPTURE(session.name, at);
      REQUIRE(run.events == whole);
    }
  }
}

TEST_CASE("decoder: events do not depend on the size of the pieces", "[decoder]") {
  for (const auto& session : sessions()) {
    const auto whole = decode(session.bytes, session.options);
    for (std::size_t size = 1; size <= 40; ++size) {
      decoding run{.options = session.options};
      for (std::size_t at = 0; at < session.bytes.size(); at += size)
        run.feed(session.bytes.substr(at, size));
      CAPTURE(session.name, size);
      REQUIRE(run.events == whole);
    }
  }
}

TEST_CASE("decoder: what is broken is reported with the earliest byte that proves it",
          "[decoder]") {
  // Streams whose last event is an error: of their shortest prefix that fails, no byte more was
  // needed.
  for (const auto& session : sessions()) {
    const auto whole = decode(session.bytes, session.options);
    if (whole.back().what != decode_event::kind::error) continue;
    decoding run{.options = session.options};
    std::size_t taken = 0;
    while (!run.failed())
      run.feed(session.bytes.substr(taken++, 1));
    CAPTURE(session.name, taken);
    REQUIRE(decode(session.bytes.substr(0, taken), session.options) == whole);
    REQUIRE(decode(session.bytes.substr(0, taken - 1), session.options).size() == whole.size() - 1);
  }
}

TEST_CASE("decoder: bad text fails in the middle of a frame that has not arrived", "[decoder]") {
  const auto frame = raw_frame{.op = 1, .payload = "ok \xFF" + std::string(5000, 'x')}.bytes();
  const std::size_t header = 8;
  decoding run;
  run.feed(frame.substr(0, header + 3));
  REQUIRE(run.events.empty());
  run.feed(frame.substr(header + 3, 1));
  REQUIRE(run.events == std::vector{error(decode_error::badencoding)});
}

TEST_CASE("decoder: it may be stopped between two events", "[decoder]") {
  std::string bytes = raw_frame{.op = 1, .payload = "one"}.bytes() +
                      raw_frame{.op = 9, .payload = "two"}.bytes() + "\x81";
  auto input = std::as_writable_bytes(std::span(bytes));
  frame_decoder decoder;
  REQUIRE(record(decoder.next(input, {})) == text("one"));
  REQUIRE(input.size() == 10);
  REQUIRE(record(decoder.next(input, {})) == ping("two"));
  REQUIRE(input.size() == 1);
  REQUIRE(decoder.idle());
  REQUIRE(decoder.next(input, {}).what == decode_event::kind::need_more);
  REQUIRE(input.empty());
  REQUIRE_FALSE(decoder.idle());
}

TEST_CASE("decoder: a whole frame is a view of the input and costs no memory", "[decoder]") {
  for (const std::size_t size : {0, 5, 125, 126, 65536}) {
    std::string bytes = raw_frame{.op = 2, .payload = std::string(size, 'x')}.bytes();
    auto input = std::as_writable_bytes(std::span(bytes));
    const auto* end = input.data() + input.size();
    frame_decoder decoder;
    const auto event = decoder.next(input, {});
    REQUIRE(event.payload.data() + event.payload.size() == end);
    REQUIRE(decoder.idle());
    REQUIRE(decoder.bytes_held() == 0);
  }
}

TEST_CASE("decoder: a message that was put together is freed by the next call", "[decoder]") {
  std::string bytes = raw_frame{.op = 1, .fin = false, .payload = "a"}.bytes() +
                      raw_frame{.op = 0, .payload = "b"}.bytes();
  auto input = std::as_writable_bytes(std::span(bytes));
  frame_decoder decoder;
  REQUIRE(record(decoder.next(input, {})) == text("ab"));
  REQUIRE_FALSE(decoder.idle());
  REQUIRE(decoder.next(input, {}).what == decode_event::kind::need_more);
  REQUIRE(decoder.idle());
  REQUIRE(decoder.bytes_held() == 0);
}

TEST_CASE("decoder: an announced megabyte costs what has arrived of it", "[decoder]") {
  const auto frame = raw_frame{.op = 2, .payload = std::string(1'000'000, 'x')}.bytes();
  const std::size_t header = 14;
  decoding run{.options = {.max_frame_size = 10'000'000}};
  run.feed(frame.substr(0, header));
  REQUIRE(run.decoder.bytes_held() < 256);
  run.feed(frame.substr(header, 10));
  REQUIRE(run.decoder.bytes_held() < 256);
  for (std::size_t at = header + 10; at < frame.size(); at += 1000) {
    run.feed(frame.substr(at, 1000));
    REQUIRE(run.decoder.bytes_held() <= 256 + 2 * (at + 1000));
  }
  REQUIRE(run.most_held <= 1'000'000 + 256); // and never more than was announced
  REQUIRE(run.events == std::vector{binary(std::string(1'000'000, 'x'))});
}

TEST_CASE("decoder: fragments of one byte are put together in linear time", "[decoder]") {
  decoding run{.options = {.max_frame_size = 100'000}};
  const auto more = raw_frame{.op = 0, .fin = false, .payload = "x"}.bytes();
  run.feed(raw_frame{.op = 1, .fin = false, .payload = "x"}.bytes());
  std::size_t held = run.decoder.bytes_held();
  int times_grown = 0;
  for (int size = 2; size < 100'000; ++size) {
    run.feed(more);
    if (run.decoder.bytes_held() != held) ++times_grown;
    held = run.decoder.bytes_held();
  }
  REQUIRE(times_grown < 20); // it doubles
  REQUIRE(run.most_held <= 100'000 + 256);
  run.feed(raw_frame{.op = 0, .payload = "x"}.bytes());
  REQUIRE(run.events == std::vector{text(std::string(100'000, 'x'))});
}

TEST_CASE("decoder: a megabyte that trickles in is put together in linear time", "[decoder]") {
  const auto frame = raw_frame{.op = 2, .payload = std::string(1'000'000, 'x')}.bytes();
  decoding run;
  std::size_t held = 0;
  int times_grown = 0;
  for (std::size_t at = 0; at < frame.size(); at += 10) {
    run.feed(std::string_view(frame).substr(at, 10));
    if (run.decoder.bytes_held() != held) ++times_grown;
    held = run.decoder.bytes_held();
  }
  REQUIRE(times_grown < 20);
  REQUIRE(run.events == std::vector{binary(std::string(1'000'000, 'x'))});
}

TEST_CASE("decoder: an error frees what was held", "[decoder]") {
  decoding run;
  run.feed(raw_frame{.op = 1, .fin = false, .payload = std::string(1000, 'x')}.bytes());
  REQUIRE(run.decoder.bytes_held() >= 1000);
  run.feed("\xFF\xFF");
  REQUIRE(run.failed());
  REQUIRE(run.decoder.bytes_held() == 0);
}

TEST_CASE("decoder: a moved decoder goes on where the other stopped", "[decoder]") {
  const auto bytes = raw_frame{.op = 1, .payload = "moved"}.bytes();
  decoding run;
  run.feed(bytes.substr(0, 8));
  decoding other{.decoder = std::move(run.decoder)};
  REQUIRE(run.decoder.idle());
  other.feed(bytes.substr(8));
  REQUIRE(other.events == std::vector{text("moved")});
}

namespace {

std::string random_bytes(std::mt19937& random, std::size_t size, bool ascii) {
  std::string out(size, '\0');
  for (auto& c : out)
    c = static_cast<char>(random() & (ascii ? 0x7F : 0xFF));
  return out;
}

/// Appends one message, in fragments and with pings between them, as a client encodes it.
void append_message(std::string& out, std::vector<recorded_event>& expected, std::mt19937& random) {
  const bool is_text = random() % 2 == 0;
  const std::size_t sizes[] = {0, 3, 16, 125, 126, 1000, 65535, 65536, 70000};
  const auto payload = random_bytes(random, sizes[random() % std::size(sizes)], is_text);
  auto op = is_text ? opcode::text : opcode::binary;
  std::size_t at = 0;
  for (unsigned left = random() % 4; left > 0; --left) {
    const std::size_t size = random() % (payload.size() - at + 1);
    append_masked_frame(out, op, payload.substr(at, size), static_cast<std::uint32_t>(random()),
                        false);
    op = opcode::continuation;
    at += size;
    expected.push_back(ping(random_bytes(random, random() % 126, false)));
    append_masked_frame(out, opcode::ping, expected.back().payload,
                        static_cast<std::uint32_t>(random()));
  }
  append_masked_frame(out, op, payload.substr(at), static_cast<std::uint32_t>(random()));
  expected.push_back(is_text ? text(payload) : binary(payload));
}

} // namespace

TEST_CASE("decoder: what the encoder wrote comes back, in random pieces", "[decoder]") {
  std::mt19937 random(6455);
  for (int round = 0; round < 60; ++round) {
    std::string stream;
    std::vector<recorded_event> expected;
    for (unsigned left = 1 + random() % 6; left > 0; --left)
      append_message(stream, expected, random);
    decoding run;
    const std::size_t most = round % 3 == 0 ? 40 : 40000;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t size = 1 + random() % most;
      run.feed(std::string_view(stream).substr(at, size));
      at += size;
    }
    REQUIRE(run.events == expected);
    REQUIRE(run.decoder.idle());
  }
}
