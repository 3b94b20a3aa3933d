// Pings of the server's own, and connections that end because they are old.
#include "tests/net_end/end_support.hpp"

using namespace vaquero;
using namespace vaquero::testing;

namespace {

struct tick {};

/// Sends a text every 100 ms.
class ticking final : public recorded<tick> {
 public:
  using recorded::recorded;
  void websocket_init() override {
    recorded::websocket_init();
    send_after(0ms, self(), tick{});
  }
  void websocket_handle(const frame&) override {}
  void websocket_info(const tick&) override {
    reply("tick");
    send_after(100ms, self(), tick{});
  }
};

void start(test_server& server, websocket_options options) {
  server.serve<ticking>("/ticking");
  server.serve<recorded_echo>("/", options);
  server.start();
}

const server_frame server_ping{9, true, ""};

} // namespace

TEST_CASE("after ping_interval of silence a ping comes, and again after each") {
  test_server server;
  start(server, {.ping_interval = 200ms});
  raw_client client{server.port(), "/"};
  for (int i = 0; i < 3; ++i)
    CHECK(client.read_frame() == server_ping);
  client.send(client_frame(10, ""));
  CHECK(client.read_frame() == server_ping);
  CHECK(server.told().ends.size() == 0);
}

TEST_CASE("who answers pings lives on beyond idle_timeout, who does not ends with it") {
  test_server server;
  start(server, {.idle_timeout = 1s, .ping_interval = 300ms});
  raw_client client{server.port(), "/"};
  for (int i = 0; i < 8; ++i) { // more than two seconds
    REQUIRE(client.read_frame() == server_ping);
    client.send(client_frame(10, ""));
  }
  server_frame frame;
  int unanswered = 0;
  for (frame = client.read_frame(); frame == server_ping; frame = client.read_frame())
    ++unanswered;
  CHECK(unanswered > 0);
  CHECK(frame == close_frame(1000));
  CHECK(server.ended().what == kind::timeout);
}

TEST_CASE("a client that sends gets no ping") {
  test_server server;
  server.serve<ticking>("/", {.ping_interval = 2s});
  server.start();
  raw_client client{server.port(), "/"};
  for (int i = 0; i < 30; ++i) { // three seconds
    REQUIRE(client.read_frame() == text_frame("tick"));
    client.send(client_text("here"));
  }
}

TEST_CASE("a client that does not read gets no pings on top") {
  test_server server;
  start(server, {.queue_bytes_max = 64 << 20, .ping_interval = 100ms});
  raw_client client{server.port(), "/", "", 4096};
  raw_client clock{server.port(), "/ticking"};
  const std::string huge(16 << 20, 'x');
  const auto connection = server.opened();
  server.opened();
  send_data(connection, huge);
  for (int i = 0; i < 10; ++i)
    clock.read_frame();
  send_data(connection, "next");
  auto frame = client.read_frame();
  if (frame == server_ping) frame = client.read_frame(); // before the kernel was full
  CHECK(frame == text_frame(huge));
  CHECK(client.read_frame() == text_frame("next"));
  CHECK(client.read_frame() == server_ping); // now that it reads
}

TEST_CASE("max_lifetime closes with 1012, whatever is going on") {
  test_server server;
  start(server, {.max_lifetime = 500ms, .lifetime_spread_percent = 0});
  raw_client client{server.port(), "/"};
  server_frame frame = text_frame("x");
  while (frame.op == 1) {
    if (!client.try_send(client_text("x"))) break;
    frame = client.read_frame();
  }
  CHECK(frame == close_frame(1012, "please reconnect"));
  CHECK(server.ended() == terminate_reason{.what = kind::stop});
}

TEST_CASE("the spread lets some go earlier than others") {
  test_server server;
  server.serve<recorded_echo>("/spread", {.max_lifetime = 2s, .lifetime_spread_percent = 100});
  start(server, {.max_lifetime = 2s, .lifetime_spread_percent = 0});
  raw_client exact{server.port(), "/"};
  std::vector<raw_client> spread;
  for (int i = 0; i < 30; ++i)
    spread.emplace_back(server.port(), "/spread");
  CHECK(exact.read_frame() == close_frame(1012, "please reconnect"));
  CHECK(server.told().ends.size() >= 10); // nearly all, and ten but for a miracle
  for (auto& each : spread)
    CHECK(each.read_frame() == close_frame(1012, "please reconnect"));
}
