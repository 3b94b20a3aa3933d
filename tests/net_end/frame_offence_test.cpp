// Every way in which a client can break the framing of RFC 6455 section 5 or the compression of RFC 7692, on
// the socket: the close code, nothing behind it heard, and nothing of it kept.
#include "handlers/echo.hpp"
#include "tests/net_end/places.hpp"
#include "tests/support/deflate_streams.hpp"

using namespace vaquero;
using namespace vaquero::testing;

namespace {

struct offence {
  const char* what;
  std::string bytes;
  int code;
};

raw_client connect(std::uint16_t port, const std::string& extensions) {
  raw_client client{port};
  auto request = upgrade_request("/");
  if (!extensions.empty())
    request.insert(request.size() - 2, "Sec-WebSocket-Extensions: " + extensions + "\r\n");
  client.send(request);
  client.read_head();
  return client;
}

/// A good message before, and one behind that must not be heard.
void check_closed(std::uint16_t port, const std::string& extensions, const offence& by) {
  INFO(by.what);
  auto client = connect(port, extensions);
  client.send(client_text("good") + by.bytes + client_text("unheard"));
  CHECK(client.read_frame() == text_frame("good"));
  CHECK(client.read_frame() == close_frame(by.code));
  CHECK(client.read_rest().empty());
}

void check_closed(const websocket_options& options, const std::string& extensions,
                  const std::vector<offence>& all) {
  test_server server{with_places()};
  server.route<echo>("/", options);
  server.start();
  check_memory_is_back(server, 20, [&] {
    for (const auto& each : all)
      check_closed(server.port(), extensions, each);
  });
}

std::string reserved(int rsv, int op, std::string payload = {}, bool fin = true) {
  return raw_frame{.op = op, .fin = fin, .rsv = rsv, .payload = std::move(payload)}.bytes();
}
std::string compressed(std::string payload, int op = 1, bool fin = true) {
  return reserved(4, op, std::move(payload), fin);
}

const std::string begun = client_frame(1, "begun", false);
const std::string too_many(1'001, 'x');

} // namespace

TEST_CASE("reserved bits and opcodes are answered with 1002, and not kept") {
  std::vector<offence> all;
  for (const int op : {0, 1, 2, 8, 9, 10})
    for (const int rsv : {1, 2, 4, 7})
      all.push_back({"a reserved bit", reserved(rsv, op), 1002});
  for (const int op : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    all.push_back({"a reserved opcode", client_frame(op, "x"), 1002});
  check_closed(impatient, {}, all);
}

TEST_CASE("frames that break RFC 6455 are answered with their close code, and not kept") {
  auto options = impatient;
  options.max_frame_size = 1'000;
  const auto form = [](int op, std::size_t size, int length_form) {
    return raw_frame{.op = op, .payload = std::string(size, 'x'), .length_form = length_form}
        .bytes();
  };
  check_closed(
      options, {},
      {
          {"not masked", raw_frame{.masked = false, .payload = "x"}.bytes(), 1002},
          {"an empty one not masked", raw_frame{.masked = false}.bytes(), 1002},
          {"a control frame not masked", raw_frame{.op = 9, .masked = false}.bytes(), 1002},
          {"a continuation of nothing", client_frame(0, "x"), 1002},
          {"a fragment of nothing", client_frame(0, "x", false), 1002},
          {"a text inside a text", begun + client_text("x"), 1002},
          {"a binary inside a text", begun + client_frame(2, "x"), 1002},
          {"a begun text inside a text", begun + begun, 1002},
          {"a ping in fragments", client_frame(9, "x", false), 1002},
          {"a pong in fragments", client_frame(10, "x", false), 1002},
          {"a close in fragments", client_frame(8, "", false), 1002},
          {"a ping of 126 bytes", client_frame(9, std::string(126, 'x')), 1002},
          {"a pong of 126 bytes", client_frame(10, std::string(126, 'x')), 1002},
          {"a close of 126 bytes", client_close(1000, std::string(124, 'x')), 1002},
          {"a ping of 125 bytes in the longer form", form(9, 125, 126), 1002},
          {"a length of 125 in two bytes", form(2, 125, 126), 1002},
          {"a length of 0 in eight bytes", form(2, 0, 127), 1002},
          {"a length of 65535 in eight bytes", form(2, 65'535, 127), 1002},
          {"a length that is negative", {"\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10}, 1002},
          {"the longest length", {"\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10}, 1009},
          {"a frame above max_frame_size", client_frame(2, too_many), 1009},
          {"fragments above it", client_frame(2, "x", false) + client_frame(0, too_many), 1009},
          {"an announced fragment above it", begun + std::string{"\x80\xFE\x03\xE4", 4}, 1009},
          {"a text that is no UTF-8", client_text("\xFF"), 1007},
          {"a text that is cut in a character", client_text("\xE2\x82"), 1007},
          {"fragments that are cut in one", begun + client_frame(0, "\xE2\x82"), 1007},
          {"a byte that is none, before the end", begun + client_frame(0, "\xFF", false), 1007},
          {"an overlong form", client_text("\xC0\x80"), 1007},
          {"a surrogate", client_text("\xED\xA0\x80"), 1007},
          {"beyond U+10FFFF", client_text("\xF4\x90\x80\x80"), 1007},
      });
}

TEST_CASE("close frames that break RFC 6455 are answered with their close code, and not kept") {
  std::vector<offence> all{
      {"a close of one byte", client_frame(8, "\x03"), 1002},
      {"a reason that is no UTF-8", client_close(1000, "\xFF"), 1007},
      {"a reason that is cut in a character", client_close(1000, "\xC3"), 1007},
      {"a close inside a text", begun + client_close(1001), 1001},
      {"a message behind a close", client_close(1000) + client_text("unheard"), 1000},
      {"another close behind a close", client_close(1000) + client_close(1001), 1000},
      {"rubbish behind a close", client_close(1000) + "\xFF\xFF\xFF", 1000},
      {"a ping behind a close", client_close(4'999) + client_frame(9, "unheard"), 4'999},
  };
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535})
    all.push_back({"a code that does not travel", client_close(code), 1002});
  check_closed(impatient, {}, all);
}

TEST_CASE("messages that break RFC 7692 are answered with their close code, and not kept") {
  peer_deflater zlib;
  const auto message = [&](std::string_view text) {
    zlib.forget();
    return zlib.message(text);
  };
  const auto hello = message("Hello");
  const auto bomb = message(std::string(1'000'000, '\0'));
  const std::vector<offence> all{
      {"RSV1 on a ping", compressed("", 9), 1002},
      {"RSV1 on a pong", compressed("", 10), 1002},
      {"RSV1 on a close", compressed("", 8), 1002},
      {"RSV1 on a continuation", compressed(hello, 1, false) + compressed("", 0), 1002},
      {"RSV1 on a plain message's end", begun + compressed("", 0), 1002},
      {"RSV2 beside RSV1", reserved(6, 1, hello), 1002},
      {"no DEFLATE at all", compressed("not compressed at all"), 1002},
      {"a block type that is reserved", compressed("\x07"), 1002},
      {"a message that is cut off", compressed(hello.substr(0, 3)), 1002},
      {"a reference to nothing", compressed({"\xF2\x00\x11\x00\x00", 5}), 1002},
      {"a bomb", compressed(bomb, 2), 1009},
      {"a bomb in fragments",
       compressed(bomb.substr(0, 500), 2, false) + client_frame(0, bomb.substr(500)), 1009},
      {"one byte above max_frame_size", compressed(message(std::string(1'501, 'x')), 2), 1009},
      {"a text that is no UTF-8", compressed(message("\xFF")), 1007},
      {"a text that is cut in a character", compressed(message("\xE2\x82")), 1007},
  };
  websocket_options shared{.max_frame_size = 1'500, .close_timeout = 200ms, .compress = true};
  check_closed(shared, "permessage-deflate; client_max_window_bits", all);
  auto own = shared;
  own.deflate.server_context_takeover = own.deflate.client_context_takeover = true;
  check_closed(own, "permessage-deflate; client_max_window_bits", all);
}

TEST_CASE("a reference to what was agreed to be forgotten is answered with 1002") {
  const auto noise = random_bytes(700);
  peer_deflater zlib;
  const auto first = zlib.message(noise), second = zlib.message(noise); // refers to the first
  websocket_options shared{.close_timeout = 200ms, .compress = true};
  auto narrow = shared; // a window of 512 bytes does not reach so far
  narrow.deflate.client_context_takeover = true;
  narrow.deflate.client_max_window_bits = 9;
  for (const auto& options : {shared, narrow}) {
    test_server server;
    server.route<echo>("/", options);
    server.start();
    auto client = connect(server.port(), "permessage-deflate; client_max_window_bits");
    client.send(compressed(first, 2));
    CHECK(client.read_frame().op == 2);
    client.send(compressed(second, 2));
    CHECK(client.read_frame() == close_frame(1002));
  }
}
