// Compression with a client whose codec is Beast's own, zlib's algorithm written anew.
#include "handlers/echo.hpp"
#include "tests/support/deflate_streams.hpp"
#include "tests/support/test_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <catch2/catch.hpp>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

/// Echoes a few messages, twice each. The patience is that of the test's own bound.
void check_echoes(std::uint16_t port, const websocket::permessage_deflate& offer) {
  asio::io_context context;
  websocket::stream<asio::ip::tcp::socket> peer{context};
  peer.next_layer().connect({asio::ip::address_v4::loopback(), port});
  peer.set_option(offer);
  websocket::response_type answer;
  peer.handshake(answer, "localhost", "/");
  REQUIRE(answer["Sec-WebSocket-Extensions"].starts_with("permessage-deflate"));
  peer.binary(true);
  for (const auto& message : {std::string("Hello, Hello"), repetitive_text(3000, 1000),
                              repetitive_text(70'000, 40'000), random_bytes(20'000)})
    for (int round = 0; round < 2; ++round) {
      peer.write(asio::buffer(message));
      beast::flat_buffer received;
      peer.read(received);
      REQUIRE(beast::buffers_to_string(received.data()) == message);
    }
  peer.close(websocket::close_code::normal);
}

} // namespace

TEST_CASE("Beast's client and we read each other with all parameters", "[deflate]") {
  for (const bool takes_over : {false, true}) {
    test_server server;
    server.route<echo>("/", {.compress = true,
                             .compress_min_size = 0,
                             .deflate = {.server_context_takeover = takes_over,
                                         .client_context_takeover = takes_over}});
    server.start();
    for (const bool server_forgets : {false, true})
      for (const bool client_forgets : {false, true})
        for (const auto& [server_bits, client_bits] :
             {std::pair{15, 15}, std::pair{9, 9}, std::pair{10, 15}, std::pair{15, 12}}) {
          CAPTURE(takes_over, server_forgets, client_forgets, server_bits, client_bits);
          websocket::permessage_deflate offer;
          offer.client_enable = true;
          offer.server_no_context_takeover = server_forgets;
          offer.client_no_context_takeover = client_forgets;
          offer.server_max_window_bits = server_bits;
          offer.client_max_window_bits = client_bits;
          check_echoes(server.port(), offer);
        }
  }
}
