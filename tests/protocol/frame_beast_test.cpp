// The codec against an independent implementation: Beast's WebSocket stream over memory.
#include "net/websocket/frame_encoder.hpp"
#include "tests/support/frame_stream.hpp"
#include "tests/support/raw_frame.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace vaquero;
using namespace vaquero::testing;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using memory_stream = beast::test::stream;

namespace {

/// A Beast client and a Beast server that have shaken hands. After that, one of them stays and the
/// test takes the other's place at its end of the stream.
struct beast_pair {
  asio::io_context io;
  websocket::stream<memory_stream> client{io};
  websocket::stream<memory_stream> server{io};

  beast_pair() {
    client.next_layer().connect(server.next_layer());
    beast::error_code client_result, server_result;
    client.async_handshake("test", "/", [&](beast::error_code e) { client_result = e; });
    server.async_accept([&](beast::error_code e) { server_result = e; });
    io.run();
    io.restart();
    REQUIRE_FALSE(client_result);
    REQUIRE_FALSE(server_result);
  }

  /// The bytes that came in at this end and were not read.
  static std::string arrived(websocket::stream<memory_stream>& end) {
    const auto bytes = std::string(end.next_layer().str());
    end.next_layer().clear();
    return bytes;
  }
};

std::vector<std::string> payloads() {
  std::vector<std::string> all;
  for (const std::size_t size : {0, 1, 7, 16, 125, 126, 4096, 65535, 65536, 200000}) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i)
      payload += static_cast<char>('a' + i * 7 % 26);
    all.push_back(payload);
  }
  return all;
}

void write_raw(websocket::stream<memory_stream>& end, const std::string& bytes) {
  asio::write(end.next_layer(), asio::buffer(bytes));
}

/// What Beast reads as the next message, with its kind.
recorded_event read_message(websocket::stream<memory_stream>& end) {
  beast::flat_buffer buffer;
  end.read(buffer);
  const auto payload = beast::buffers_to_string(buffer.data());
  return end.got_text() ? text(payload) : binary(payload);
}

} // namespace

TEST_CASE("codec against Beast: its client's messages are decoded", "[beast]") {
  beast_pair pair;
  for (const auto& payload : payloads())
    for (const bool is_text : {true, false})
      for (const bool in_fragments : {true, false}) {
        pair.client.text(is_text);
        pair.client.auto_fragment(in_fragments);
        pair.client.write_buffer_bytes(1024);
        pair.client.write(asio::buffer(payload));
        const auto expected = std::vector{is_text ? text(payload) : binary(payload)};
        REQUIRE(decode(beast_pair::arrived(pair.server)) == expected);
      }
}

TEST_CASE("codec against Beast: its client's fragments and control frames are decoded", "[beast]") {
  beast_pair pair;
  pair.client.text(true);
  pair.client.write_some(false, asio::buffer("one ", 4));
  pair.client.ping("in between");
  pair.client.write_some(false, asio::buffer("two ", 4));
  pair.client.pong({});
  pair.client.write_some(true, asio::buffer("three", 5));
  REQUIRE(decode(beast_pair::arrived(pair.server)) ==
          std::vector{ping("in between"), pong(""), text("one two three")});

  pair.client.async_close({websocket::close_code::going_away, "leaving"}, [](beast::error_code) {});
  pair.io.poll();
  REQUIRE(decode(beast_pair::arrived(pair.server)) == std::vector{closed(1001, "leaving")});
  pair.server.next_layer().close(); // ends the client's wait for the answer
  pair.io.poll();
}

TEST_CASE("codec against Beast: its client reads what we encode", "[beast]") {
  beast_pair pair;
  std::vector<std::string> controls;
  pair.client.control_callback(
      [&](websocket::frame_type, beast::string_view payload) { controls.emplace_back(payload); });
  for (const auto& payload : payloads()) {
    std::string bytes;
    append_frame(bytes, opcode::ping, "between");
    append_frame(bytes, opcode::text, payload);
    append_frame(bytes, opcode::binary, payload);
    write_raw(pair.server, bytes);
    REQUIRE(read_message(pair.client) == text(payload));
    REQUIRE(read_message(pair.client) == binary(payload));
  }
  REQUIRE(controls == std::vector<std::string>(payloads().size(), "between"));

  std::string bytes;
  append_close(bytes, 4001, std::string(200, 'r'));
  write_raw(pair.server, bytes);
  beast::flat_buffer buffer;
  beast::error_code result;
  pair.client.read(buffer, result);
  REQUIRE(result == websocket::error::closed);
  REQUIRE(pair.client.reason().code == 4001);
  REQUIRE(std::string(pair.client.reason().reason.c_str()) == std::string(123, 'r'));
}

TEST_CASE("codec against Beast: its server reads what we encode as a client", "[beast]") {
  beast_pair pair;
  for (const auto& payload : payloads()) {
    const std::string_view all = payload;
    const std::size_t half = payload.size() / 2;
    std::string bytes;
    append_masked_frame(bytes, opcode::text, all.substr(0, half), 0x01020304, false);
    append_masked_frame(bytes, opcode::continuation, all.substr(half), 0xDEADBEEF);
    append_masked_frame(bytes, opcode::binary, all, 0x80FF0055);
    write_raw(pair.client, bytes);
    REQUIRE(read_message(pair.server) == text(payload));
    REQUIRE(read_message(pair.server) == binary(payload));
  }
}

TEST_CASE("codec against Beast: its server's messages are decoded", "[beast]") {
  beast_pair pair;
  for (const auto& payload : payloads()) {
    pair.server.text(true);
    pair.server.write(asio::buffer(payload));
    REQUIRE(decode(beast_pair::arrived(pair.client), {.from = peer_role::server}) ==
            std::vector{text(payload)});
  }
}
