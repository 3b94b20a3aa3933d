// A handshake that `init` puts off, and what ends the wait.
#include "tests/support/bounded_socket.hpp"
#include "tests/support/test_server.hpp"
#include "tests/support/websocket_client.hpp"

#include <catch2/catch.hpp>

#include <future>

using namespace std::chrono_literals;
using namespace vaquero;
using namespace vaquero::testing;

namespace {

struct verdict {
  unsigned status;
};

class deferring : public reporter<verdict, timeout<verdict>> {
 public:
  deferring(std::shared_ptr<journal> to, std::chrono::milliseconds patience)
      : reporter(std::move(to)), patience_(patience) {}

  upgrade init(const request& from) override {
    seen()->connections.push(self());
    if (from.query() == "timer") start_timer(1ms, self(), verdict{101});
    return defer(patience_);
  }
  void websocket_init() override { send_data(self(), "in"); }
  void websocket_handle(const frame& in) override { tell("frame " + in.text()); }
  void websocket_info(const verdict& is) override {
    if (is.status != 101) {
      refuse(response::text(is.status, "no"));
      return;
    }
    accept({.headers = {{"X-Late", "yes"}}});
    send_data(self(), "before websocket_init");
  }
  void websocket_info(const timeout<verdict>& timer) override { websocket_info(timer.message); }

 private:
  std::chrono::milliseconds patience_;
};

/// Its callbacks run on the pool; it stays in one until the test lets it go.
class held_on_pool : public reporter<order> {
 public:
  static constexpr bool is_blocking = true;

  using reporter::reporter;

  upgrade init(const request&) override {
    seen()->connections.push(self());
    return defer(100ms);
  }
  void websocket_info(const order& given) override { given.what(); }
};

void serve(test_server& server, std::chrono::milliseconds patience = infinity) {
  server.reports<deferring>("/", patience);
  server.start();
}

/// A client's handshake returns when it is answered, so it waits on a thread of its own.
std::future<websocket_client> connect(const test_server& server, std::string target = "/") {
  return std::async(std::launch::async, [port = server.port(), target = std::move(target)] {
    return websocket_client{port, target};
  });
}

const std::string upgrade_request =
    "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

} // namespace

TEST_CASE("a deferred handshake is accepted from a message", "[defer]") {
  test_server server;
  serve(server);
  auto waiting = connect(server);
  auto connection = server.connection();
  send_data(connection, "to a connection that is none yet");
  send(connection, verdict{101});
  auto client = waiting.get();
  CHECK(client.answer().status == 101);
  CHECK(client.answer_header("X-Late") == "yes");
  CHECK(client.next() == "text before websocket_init");
  CHECK(client.next() == "text in");
  client.text("hello");
  CHECK(server.event() == "frame hello");
}

TEST_CASE("a deferred handshake is accepted from a timer", "[defer]") {
  test_server server;
  serve(server);
  auto client = connect(server, "/?timer").get();
  CHECK(client.answer().status == 101);
  CHECK(client.next() == "text before websocket_init");
}

TEST_CASE("a deferred handshake is refused from a message", "[defer]") {
  test_server server;
  serve(server);
  auto waiting = connect(server);
  send(server.connection(), verdict{401});
  auto client = waiting.get();
  CHECK(client.answer().status == 401);
  CHECK(client.answer().body == "no");
  CHECK(server.event() == "terminate normal");
}

TEST_CASE("a client that leaves while its handshake is deferred ends it", "[defer]") {
  const bool with_reset = GENERATE(false, true);
  test_server server;
  serve(server);
  bounded_socket client{server.port()};
  client.write(upgrade_request);
  server.connection();
  with_reset ? client.reset() : client.close();
  CHECK(server.event() == "terminate closed");
}

TEST_CASE("a deferred handshake that nobody answers ends with a 503", "[defer]") {
  test_server server;
  serve(server, 10ms);
  auto client = connect(server).get();
  CHECK(client.answer().status == 503);
  CHECK(server.event() == "terminate timeout");
}

TEST_CASE("a deferred handshake whose time ends during a blocking callback ends behind it",
          "[defer]") {
  test_server server;
  const websocket_options endless{.idle_timeout = infinity, .send_timeout = infinity};
  server.route<held_on_pool>("/held", endless, server.seen());
  server.reports<deferring>("/", 200ms);
  server.start();
  auto held =
      std::async(std::launch::async, [&] { return websocket_client{server.port(), "/held"}; });
  std::promise<void> entered, leave;
  tell(server.connection(), [&] {
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  CHECK(connect(server).get().answer().status == 503); // so the other's time is over, too
  leave.set_value();
  CHECK(held.get().answer().status == 503);
}

TEST_CASE("a deferred handshake is answered with a 503 when the process is ended", "[defer]") {
  test_server server;
  serve(server);
  auto waiting = connect(server);
  auto connection = server.connection();
  SECTION("by an exit signal") {
    vaquero::exit(connection, exit_reason::of(std::string{"late"}));
    CHECK(waiting.get().answer().status == 503);
    CHECK(server.event().starts_with("terminate exit"));
  }
  SECTION("by a close from elsewhere") {
    vaquero::close(connection, 4000);
    CHECK(waiting.get().answer().status == 503);
    CHECK(server.event() == "terminate stop");
  }
}

TEST_CASE("a handshake is answered once", "[defer]") {
  test_server server;
  serve(server);
  auto waiting = connect(server);
  auto connection = server.connection();
  send(connection, verdict{101});
  send(connection, verdict{101});
  auto client = waiting.get();
  CHECK(client.next() == "text before websocket_init");
  CHECK(client.next() == "text in");
  CHECK(client.next() == "close 1011");
  CHECK(server.event().starts_with("terminate crash std::logic_error"));
}

TEST_CASE("what a client sends before its deferred handshake is answered waits", "[defer]") {
  test_server server;
  serve(server);
  bounded_socket client{server.port()};
  const std::string hi{"\x81\x82\0\0\0\0hi", 8};
  const std::string close{"\x88\x80\0\0\0\0", 6};
  client.write(upgrade_request + hi);
  auto connection = server.connection();
  client.write(close);
  send(connection, verdict{101});
  CHECK(client.read_all().ends_with(std::string{"\x81\x02in\x88\x00", 6}));
  CHECK(server.event() == "frame hi");
  CHECK(server.event() == "terminate remote");
}
