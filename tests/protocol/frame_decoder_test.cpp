#include "net/websocket/close_code.hpp"
#include "net/websocket/frame_decoder.hpp"
#include "tests/support/frame_stream.hpp"
#include "tests/support/raw_frame.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace vaquero;
using namespace vaquero::testing;
using namespace std::string_literals;
using kind = decode_event::kind;
using events = std::vector<recorded_event>;

namespace {

const events badframe{error(decode_error::badframe)};
const events badencoding{error(decode_error::badencoding)};
const events badsize{error(decode_error::badsize)};

} // namespace

TEST_CASE("decoder: the examples of RFC 6455 section 5.7", "[decoder]") {
  const decode_options server{.from = peer_role::server};
  REQUIRE(decode("\x81\x05Hello", server) == events{text("Hello")});
  REQUIRE(decode("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") == events{text("Hello")});
  REQUIRE(decode("\x01\x03Hel\x80\x02lo", server) == events{text("Hello")});
  REQUIRE(decode("\x89\x05Hello", server) == events{ping("Hello")});
  REQUIRE(decode("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") == events{pong("Hello")});
}

TEST_CASE("decoder: a client must mask, a server must not", "[decoder]") {
  for (const bool masked : {false, true}) {
    const auto bytes = raw_frame{.op = 2, .masked = masked, .payload = "x"}.bytes();
    const auto pinged = raw_frame{.op = 9, .masked = masked}.bytes();
    const decode_options client{.from = peer_role::client};
    const decode_options server{.from = peer_role::server};
    REQUIRE(decode(bytes, masked ? client : server) == events{binary("x")});
    REQUIRE(decode(bytes, masked ? server : client) == badframe);
    REQUIRE(decode(pinged, masked ? client : server) == events{ping("")});
    REQUIRE(decode(pinged, masked ? server : client) == badframe);
  }
}

TEST_CASE("decoder: lengths on both sides of every form are read", "[decoder]") {
  for (const std::size_t size : {0, 1, 7, 8, 9, 124, 125, 126, 127, 65535, 65536, 65537}) {
    const std::string payload(size, 'x');
    REQUIRE(decode(raw_frame{.op = 1, .payload = payload}.bytes()) == events{text(payload)});
    REQUIRE(decode(raw_frame{.op = 2, .masked = false, .payload = payload}.bytes(),
                   {.from = peer_role::server}) == events{binary(payload)});
  }
}

TEST_CASE("decoder: a length must take the fewest bytes that hold it", "[decoder]") {
  const auto with_length = [](std::size_t size, int form) {
    return decode(
        raw_frame{.op = 2, .payload = std::string(size, 'x'), .length_form = form}.bytes());
  };
  REQUIRE(with_length(125, 126) == badframe);
  REQUIRE(with_length(0, 126) == badframe);
  REQUIRE(with_length(126, 126) == events{binary(std::string(126, 'x'))});
  REQUIRE(with_length(65535, 127) == badframe);
  REQUIRE(with_length(1, 127) == badframe);
  REQUIRE(with_length(65536, 127) == events{binary(std::string(65536, 'x'))});
}

TEST_CASE("decoder: the top bit of a 64-bit length must be 0", "[decoder]") {
  const decode_options boundless{.max_frame_size = ~0ULL};
  REQUIRE(decode("\x82\xFF\x80\0\0\0\0\0\0\0"s, boundless) == badframe);
  REQUIRE(decode("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, boundless).empty());
}

TEST_CASE("decoder: RSV2 and RSV3 are refused on every frame", "[decoder]") {
  for (const int op : {0, 1, 2, 8, 9, 10})
    for (const int rsv : {1, 2, 3}) {
      const auto bytes = raw_frame{.op = op, .rsv = rsv}.bytes();
      REQUIRE(decode(bytes) == badframe);
      REQUIRE(decode(bytes, {.allow_rsv1 = true}) == badframe);
    }
}

TEST_CASE("decoder: RSV1 may stand on the first frame of a data message if allowed", "[decoder]") {
  const decode_options allowed{.allow_rsv1 = true};
  const auto flagged = [](int op, bool fin = true) {
    return raw_frame{.op = op, .fin = fin, .rsv = 4, .payload = "z"}.bytes();
  };
  REQUIRE(decode(flagged(1)) == badframe);
  REQUIRE(decode(flagged(1), allowed) == events{text("z", true)});
  REQUIRE(decode(flagged(2), allowed) == events{binary("z", true)});
  for (const int op : {8, 9, 10})
    REQUIRE(decode(flagged(op), allowed) == badframe);
  const auto plain_end = raw_frame{.op = 0, .payload = "y"}.bytes();
  REQUIRE(decode(flagged(1, false) + plain_end, allowed) == events{text("zy", true)});
  REQUIRE(decode(flagged(1, false) + flagged(0), allowed) == badframe);
  // The mark does not stick to the message after it.
  REQUIRE(
      decode(flagged(1, false) + plain_end + raw_frame{.op = 1, .fin = false}.bytes() + plain_end,
             allowed) == events{text("zy", true), text("y")});
}

TEST_CASE("decoder: reserved opcodes are refused", "[decoder]") {
  for (const int op : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    for (const bool fin : {false, true})
      REQUIRE(decode(raw_frame{.op = op, .fin = fin}.bytes()) == badframe);
}

TEST_CASE("decoder: a control frame holds at most 125 bytes and is not fragmented", "[decoder]") {
  const std::string most(125, 'x');
  REQUIRE(decode(raw_frame{.op = 9, .payload = most}.bytes()) == events{ping(most)});
  REQUIRE(decode(raw_frame{.op = 10, .payload = most}.bytes()) == events{pong(most)});
  REQUIRE(decode(raw_frame{.op = 8, .payload = "\x03\xE8" + most.substr(2)}.bytes()) ==
          events{closed(1000, most.substr(2))});
  for (const int op : {8, 9, 10}) {
    REQUIRE(decode(raw_frame{.op = op, .payload = most + 'x'}.bytes()) == badframe);
    REQUIRE(decode(raw_frame{.op = op, .fin = false}.bytes()) == badframe);
    // Refused by the first two bytes already.
    REQUIRE(decode(raw_frame{.op = op, .payload = most + 'x'}.bytes().substr(0, 2)) == badframe);
  }
}

TEST_CASE("decoder: fragments make one message, control frames pass between them", "[decoder]") {
  const auto bytes = raw_frame{.op = 1, .fin = false, .payload = "one "}.bytes() +
                     raw_frame{.op = 9, .payload = "ping"}.bytes() +
                     raw_frame{.op = 0, .fin = false, .payload = "two "}.bytes() +
                     raw_frame{.op = 10}.bytes() + raw_frame{.op = 0, .payload = "three"}.bytes() +
                     raw_frame{.op = 2, .payload = "next"}.bytes();
  REQUIRE(decode(bytes) == events{ping("ping"), pong(""), text("one two three"), binary("next")});
}

TEST_CASE("decoder: a close frame may stand between fragments", "[decoder]") {
  REQUIRE(decode(raw_frame{.op = 1, .fin = false, .payload = "one "}.bytes() +
                 raw_frame{.op = 8, .payload = "\x03\xE9"}.bytes()) == events{closed(1001)});
}

TEST_CASE("decoder: empty fragments and empty messages are messages", "[decoder]") {
  const auto first = raw_frame{.op = 1, .fin = false}.bytes();
  const auto middle = raw_frame{.op = 0, .fin = false}.bytes();
  const auto last = raw_frame{.op = 0}.bytes();
  REQUIRE(decode(first + last) == events{text("")});
  REQUIRE(decode(first + middle + middle + last) == events{text("")});
  REQUIRE(decode(first + raw_frame{.op = 0, .payload = "x"}.bytes()) == events{text("x")});
  REQUIRE(decode(raw_frame{.op = 1}.bytes() + raw_frame{.op = 2}.bytes()) ==
          events{text(""), binary("")});
}

TEST_CASE("decoder: a continuation needs a message to continue", "[decoder]") {
  const auto whole = raw_frame{.op = 1, .payload = "x"}.bytes();
  for (const bool fin : {false, true}) {
    const auto stray = raw_frame{.op = 0, .fin = fin}.bytes();
    REQUIRE(decode(stray) == badframe);
    REQUIRE(decode(whole + stray) == events{text("x"), badframe[0]});
    const auto fragmented = raw_frame{.op = 1, .fin = false}.bytes() + raw_frame{.op = 0}.bytes();
    REQUIRE(decode(fragmented + stray) == events{text(""), badframe[0]});
  }
}

TEST_CASE("decoder: a new message must not begin inside a fragmented one", "[decoder]") {
  for (const int op : {1, 2})
    for (const bool fin : {false, true})
      REQUIRE(decode(raw_frame{.op = 1, .fin = false, .payload = "x"}.bytes() +
                     raw_frame{.op = op, .fin = fin}.bytes()) == badframe);
}

TEST_CASE("decoder: the limit holds for one frame, and is exact", "[decoder]") {
  for (const std::uint64_t limit : {0, 1, 125, 126, 1000, 65535, 65536}) {
    const decode_options options{.max_frame_size = limit};
    const std::string payload(limit, 'x');
    REQUIRE(decode(raw_frame{.op = 1, .payload = payload}.bytes(), options) ==
            events{text(payload)});
    REQUIRE(decode(raw_frame{.op = 1, .payload = payload + 'x'}.bytes(), options) == badsize);
  }
}

TEST_CASE("decoder: the limit holds for the reassembled message, and is exact", "[decoder]") {
  const decode_options options{.max_frame_size = 10};
  const auto start = raw_frame{.op = 1, .fin = false, .payload = "123456"}.bytes();
  const auto end = [](std::string_view rest) {
    return raw_frame{.op = 0, .payload = std::string(rest)}.bytes();
  };
  REQUIRE(decode(start + end("7890"), options) == events{text("1234567890")});
  REQUIRE(decode(start + end("78901"), options) == badsize);
  // The next message begins to count at nothing.
  REQUIRE(decode(start + end("7890") + start + end("7890"), options).size() == 2);
}

TEST_CASE("decoder: what is too big is refused by its length alone", "[decoder]") {
  const decode_options options{.max_frame_size = 1000};
  REQUIRE(decode("\x82\xFE\x03\xE8"s, options).empty());
  REQUIRE(decode("\x82\xFE\x03\xE9"s, options) == badsize);
  REQUIRE(decode("\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, options) == badsize);
  const auto start = raw_frame{.op = 2, .fin = false, .payload = std::string(1000, 'x')}.bytes();
  REQUIRE(decode(start + "\x80\x80"s, options).empty());
  REQUIRE(decode(start + "\x80\x81"s, options) == badsize);
  REQUIRE(decode(start + "\x80\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, options) == badsize);
}

TEST_CASE("decoder: control frames are exempt from the limit", "[decoder]") {
  const decode_options options{.max_frame_size = 0};
  const std::string most(125, 'x');
  REQUIRE(decode(raw_frame{.op = 9, .payload = most}.bytes(), options) == events{ping(most)});
  REQUIRE(decode(raw_frame{.op = 8, .payload = "\x03\xE8z"}.bytes(), options) ==
          events{closed(1000, "z")});
}

TEST_CASE("decoder: a text message must be UTF-8 to its end", "[decoder]") {
  const std::string euro = "\xE2\x82\xAC";
  for (const std::size_t before : {0, 10, 200}) {
    const std::string ascii(before, 'a');
    const auto whole = [&](const std::string& end) {
      return decode(raw_frame{.op = 1, .payload = ascii + end}.bytes());
    };
    const auto fragmented = [&](const std::string& first, const std::string& last) {
      return decode(raw_frame{.op = 1, .fin = false, .payload = ascii + first}.bytes() +
                    raw_frame{.op = 0, .payload = last}.bytes());
    };
    REQUIRE(whole(euro) == events{text(ascii + euro)});
    REQUIRE(whole("\xE2\x82") == badencoding);
    REQUIRE(whole("\xFFz") == badencoding);
    REQUIRE(fragmented("\xE2", "\x82\xAC") == events{text(ascii + euro)});
    REQUIRE(fragmented("\xE2", "\x82") == badencoding);
    REQUIRE(fragmented("\xE2", "") == badencoding);
    REQUIRE(fragmented("\xE2", "z") == badencoding);
    REQUIRE(fragmented("z", "\x82") == badencoding);
  }
}

TEST_CASE("decoder: what is not a checked text may hold any bytes", "[decoder]") {
  for (const std::size_t before : {0, 10, 200}) {
    const auto any = std::string(before, 'a') + "\xFF\xED\xA0";
    const auto in_parts = [&](int op) {
      return raw_frame{.op = op, .fin = false, .payload = any}.bytes() + raw_frame{.op = 0}.bytes();
    };
    const decode_options unchecked{.validate_utf8 = false};
    REQUIRE(decode(raw_frame{.op = 1, .payload = any}.bytes(), unchecked) == events{text(any)});
    REQUIRE(decode(in_parts(1), unchecked) == events{text(any)});
    REQUIRE(decode(raw_frame{.op = 2, .payload = any}.bytes()) == events{binary(any)});
    REQUIRE(decode(in_parts(2)) == events{binary(any)});
  }
  const std::string any = "\xFF\xFE";
  REQUIRE(decode(raw_frame{.op = 9, .payload = any}.bytes()) == events{ping(any)});
  REQUIRE(decode(raw_frame{.op = 10, .payload = any}.bytes()) == events{pong(any)});
}

TEST_CASE("decoder: a close frame holds nothing or a code and a reason", "[decoder]") {
  REQUIRE(decode(raw_frame{.op = 8}.bytes()) == events{closed(0)});
  REQUIRE(decode(raw_frame{.op = 8, .payload = "\x03"}.bytes()) == badframe);
  REQUIRE(decode(raw_frame{.op = 8, .payload = "\x03\xE8"}.bytes()) == events{closed(1000)});
  REQUIRE(decode(raw_frame{.op = 8, .payload = "\x03\xE8 bye"}.bytes()) ==
          events{closed(1000, " bye")});
}

TEST_CASE("decoder: a close code must be one that may travel", "[decoder]") {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    const std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    const auto got = decode(raw_frame{.op = 8, .payload = payload}.bytes());
    const auto number = static_cast<std::uint16_t>(code);
    if (got != (is_valid_close_code(number) ? events{closed(number)} : badframe)) FAIL(code);
  }
}

TEST_CASE("decoder: a close reason must be UTF-8", "[decoder]") {
  const auto with_reason = [](std::string_view reason, decode_options options = {}) {
    return decode(raw_frame{.op = 8, .payload = "\x03\xE8" + std::string(reason)}.bytes(), options);
  };
  REQUIRE(with_reason("\xC3\xA9") == events{closed(1000, "\xC3\xA9")});
  REQUIRE(with_reason("\xC3") == badencoding);
  REQUIRE(with_reason("\xFF") == badencoding);
  REQUIRE(with_reason("\xFF", {.validate_utf8 = false}) == events{closed(1000, "\xFF")});
}
