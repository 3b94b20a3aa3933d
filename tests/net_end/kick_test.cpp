// Closing a connection from elsewhere: in order for a client that reads, ahead of the queue for one that
// does not.
#include "tests/net_end/end_support.hpp"

#include <thread>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

/// Bounds its mailbox, and stays in a callback for as long as the test wants.
class holding final : public recorded<> {
 public:
  holding(probe_ptr told, std::shared_ptr<latch> held)
      : recorded(std::move(told)), held_(std::move(held)) {}

  void websocket_handle(const frame&) override {
    process_verbs::bound_mailbox({.messages_max = 1, .when_full = when_full::drop_newest});
    told().said.push("held");
    held_->wait();
  }

 private:
  std::shared_ptr<latch> held_;
};

constexpr std::size_t chunk = 64 * 1024;
constexpr std::size_t huge = 16 << 20; // more than any kernel takes
constexpr int small_buffer = 4096;

/// The server's side of a connection whose client does not read.
struct blocked_client {
  explicit blocked_client(websocket_options options) {
    server.serve<recorded_echo>("/", options);
    server.start();
    client.emplace(server.port(), "/", "", small_buffer);
    connection = server.opened();
  }

  std::uint64_t queued_bytes() {
    std::uint64_t result = 0;
    caf::scoped_actor self{server.system()};
    self->request(connection, patience, connection_query{})
        .receive([&](const connection_info& info) { result = info.queued_bytes; },
                 [](const caf::error&) { throw std::runtime_error{"the query failed"}; });
    return result;
  }

  /// Returns when the kernel takes no more of a frame that is begun.
  void block() {
    send_data(connection, std::string(huge, 'x'));
    std::uint64_t queued = 0;
    do
      queued = queued_bytes(); // all of it, until the first write
    while (queued == 0 || queued >= huge);
  }

  test_server server;
  std::optional<raw_client> client;
  pid connection;
};

/// Reads whole data frames up to the close frame, which it returns; counts them.
server_frame read_to_close(raw_client& client, int& frames) {
  for (frames = 0;; ++frames) {
    auto frame = client.read_frame();
    if (frame.op == 8) return frame;
    const std::string expected(chunk, static_cast<char>('a' + frames % 26));
    REQUIRE((frame.op == 1 && frame.payload == expected));
  }
}

} // namespace

TEST_CASE("a kick overtakes what waits for a client that does not read") {
  blocked_client s{{.queue_bytes_max = 64 << 20}};
  s.block();
  for (int i = 0; i < 20; ++i)
    send_data(s.connection, "to be dropped");
  SECTION("from a plain thread") {
    std::thread{[&] { close(s.connection, 4000, "kicked"); }}.join();
  }
  SECTION("from a plain actor") {
    caf::scoped_actor actor{s.server.system()};
    actor->send(s.connection, close_request{4000, "kicked"});
  }
  CHECK(s.server.ended() == terminate_reason{.what = kind::stop});
  CHECK(s.client->read_frame() == text_frame(std::string(huge, 'x'))); // begun, so finished
  CHECK(s.client->read_frame() == close_frame(4000, "kicked"));
  CHECK(s.client->read_end() == raw_client::ending::eof);
}

TEST_CASE("a client that reads gets what was sent before the kick, then the kick") {
  test_server server;
  server.serve<recorded_echo>("/");
  server.start();
  raw_client client{server.port(), "/"};
  auto connection = server.opened();
  std::thread{[&] {
    for (int i = 0; i < 100; ++i)
      send_data(connection, std::to_string(i));
    close(connection, 4000, "kicked");
    send_data(connection, "too late");
  }}.join();
  for (int i = 0; i < 100; ++i)
    CHECK(client.read_frame() == text_frame(std::to_string(i)));
  CHECK(client.read_frame() == close_frame(4000, "kicked"));
  CHECK(client.read_end() == raw_client::ending::eof);
}

TEST_CASE("a kick comes into a full mailbox") {
  test_server server;
  auto held = std::make_shared<latch>();
  server.route<holding>("/", {}, server.shared_probe(), held);
  server.start();
  raw_client client{server.port(), "/"};
  auto connection = server.opened();
  client.send(client_text("hold"));
  CHECK(server.told().said.pop() == "held");
  send_data(connection, "one");
  send_data(connection, "dropped");
  close(connection, 4000, "kicked");
  held->open();
  CHECK(client.read_frame() == text_frame("one"));
  CHECK(client.read_frame() == close_frame(4000, "kicked"));
}

TEST_CASE("a kicked client that still does not read is reset after send_timeout") {
  blocked_client s{{.send_timeout = 300ms, .queue_bytes_max = 64 << 20}};
  s.block();
  close(s.connection, 4000, "kicked");
  CHECK(s.server.ended() == terminate_reason{.what = kind::stop});
  CHECK(s.client->wait_for_reset());
}

TEST_CASE("more than queue_bytes_max waiting closes the connection with 1013") {
  blocked_client s{{.queue_bytes_max = 10 * chunk}};
  // Without asking in between: an answer may come after the end.
  for (int i = 0; i < 200; ++i)
    send_data(s.connection, std::string(chunk, static_cast<char>('a' + i % 26)));
  CHECK(s.server.ended() == terminate_reason{.what = kind::stop});
  int frames = 0;
  const auto last = read_to_close(*s.client, frames);
  CHECK(last.op == 8);
  CHECK(last.payload.substr(0, 2) == close_payload(1013));
  CHECK(s.client->read_end() == raw_client::ending::eof);
}

TEST_CASE("a kick before the handshake is answered ends it with a 503") {
  class deferring final : public recorded<> {
   public:
    using recorded::recorded;
    upgrade init(const request&) override {
      told().opened.push(self());
      return defer(60s);
    }
  };
  test_server server;
  server.serve<deferring>("/");
  server.start();
  raw_client client{server.port()};
  client.send(upgrade_request("/"));
  close(server.opened());
  CHECK(client.read_status() == 503);
  CHECK(server.ended() == terminate_reason{.what = kind::stop});
}

TEST_CASE("a kick of a connection that is gone does nothing") {
  test_server server;
  server.serve<recorded_echo>("/");
  server.start();
  raw_client client{server.port(), "/"};
  auto connection = server.opened();
  for (int i = 0; i < 10; ++i)
    close(connection, static_cast<std::uint16_t>(4000 + i));
  CHECK(client.read_frame() == close_frame(4000));
  CHECK(server.ended().what == kind::stop);
  close(connection);
  send_data(connection, "nobody");
  client.close();
  server.stop();
  CHECK(server.told().ends.size() == 0);
}
