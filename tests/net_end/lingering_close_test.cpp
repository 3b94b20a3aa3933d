// After its last message the server shuts down its write side and reads on, so that the message is not
// lost to a reset; bounded in time and bytes.
#include "tests/net_end/end_support.hpp"

using namespace vaquero;
using namespace vaquero::testing;

namespace {

constexpr std::size_t megabyte = 1 << 20;

/// The server of these tests, and a client that it has just told to go away.
struct told_to_go {
  explicit told_to_go(websocket_options options) {
    server.serve<recorded_echo>("/", options);
    server.start();
    client.emplace(server.port(), "/");
    close(server.opened(), 4000, "go");
    CHECK(server.ended().what == kind::stop); // so the close frame is written, or about to be
  }

  test_server server;
  std::optional<raw_client> client;
};

} // namespace

TEST_CASE("a client that goes on sending a megabyte receives the close frame") {
  told_to_go s{{.close_timeout = 20s}};
  const auto more = client_frame(2, std::string(64 * 1024, 'x'));
  for (std::size_t sent = 0; sent < megabyte; sent += more.size())
    REQUIRE(s.client->try_send(more));
  CHECK(s.client->read_frame() == close_frame(4000, "go"));
  CHECK(s.client->read_end() == raw_client::ending::eof);
}

TEST_CASE("a client that breaks the protocol in the middle of a megabyte receives the 1002") {
  test_server server;
  server.serve<recorded_echo>("/", {.close_timeout = 20s});
  server.start();
  raw_client client{server.port(), "/"};
  client.send(raw_frame{.op = 3}.bytes() + std::string(megabyte, 'x'));
  CHECK(client.read_frame() == close_frame(1002));
  CHECK(client.read_end() == raw_client::ending::eof);
}

TEST_CASE("the write side is shut down at once, the read side stays") {
  told_to_go s{{.close_timeout = 20s}};
  CHECK(s.client->read_frame() == close_frame(4000, "go"));
  CHECK(s.client->read_end() == raw_client::ending::eof);
  // It still listens: a reset would fail one of these.
  for (int i = 0; i < 10; ++i)
    CHECK(s.client->try_send(client_text("unheard")));
}

TEST_CASE("a client that never closes is closed after close_timeout") {
  told_to_go s{{.close_timeout = 200ms}};
  CHECK(s.client->read_frame() == close_frame(4000, "go"));
  CHECK(s.client->read_end() == raw_client::ending::eof);
  // What is sent to a closed socket is answered with a reset, which ends this.
  while (s.client->try_send(client_text("anybody there?"))) {
  }
}

TEST_CASE("a client that sends without end after the close frame is cut off") {
  told_to_go s{{.close_timeout = 20s}};
  const std::string more(megabyte, 'x');
  std::size_t sent = 0;
  while (sent < 256 * megabyte && s.client->try_send(more))
    sent += more.size();
  CHECK(sent < 256 * megabyte);
}

TEST_CASE("a client that shuts its sending side and then reads gets all there is") {
  const std::size_t size = GENERATE(200'000, 16 * megabyte); // the kernel takes the first
  test_server server;
  server.serve<recorded_echo>("/", {.close_timeout = 20s, .queue_bytes_max = 64 * megabyte});
  server.start();
  raw_client client{server.port(), "/", "", 4096};
  const auto connection = server.opened();
  send_data(connection, std::string(size, 'x'));
  close(connection, 4000, "go");
  CHECK(server.ended().what == kind::stop);
  client.send(client_text(std::string(30'000, 'y')) + client_close(4000));
  client.shut_down_writing();
  CHECK(client.read_frame() == text_frame(std::string(size, 'x')));
  CHECK(client.read_frame() == close_frame(4000, "go"));
  CHECK(client.read_end() == raw_client::ending::eof);
}

TEST_CASE("an HTTP error response reaches a client that goes on sending") {
  test_server server;
  server.serve<recorded_echo>("/");
  server.start();
  raw_client client{server.port()};
  SECTION("garbage") { client.send("\x16\x03\x01 this is no HTTP\r\n\r\n"); }
  SECTION("no such path") { client.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"); }
  SECTION("no upgrade") { client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"); }
  REQUIRE(client.try_send(std::string(megabyte, 'x')));
  const auto status = client.read_status(); // throws if there was a reset
  CHECK((status == 400 || status == 404 || status == 426));
}

TEST_CASE("a client that never closes after an HTTP error is closed after close_timeout") {
  auto options = one_loop();
  options.http.close_timeout = 200ms;
  test_server server{options};
  server.start();
  raw_client client{server.port()};
  client.send("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK_THAT(client.read_head(), Catch::StartsWith("HTTP/1.1 400")); // there is no host at all
  while (client.try_send("anybody there?")) {
  }
}
