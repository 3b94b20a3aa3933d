// Bounds that a peer runs into: silence, size, encoding, a request that does not come.
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
  void websocket_info(const tick&) override {
    reply("tick");
    send_after(100ms, self(), tick{});
  }
};

/// Sets what its route does not.
class choosing final : public recorded<> {
 public:
  using recorded::recorded;
  upgrade init(const request& from) override {
    if (from.path() == "/accepted")
      return accept({.options = websocket_options{.idle_timeout = 100ms}});
    return accept();
  }
  void websocket_handle(const frame& in) override {
    if (in.text() == "hurry") set_options({.idle_timeout = 100ms});
    if (in.text() == "take your time") set_options({.idle_timeout = infinity});
    if (in.text() == "small") set_options({.max_frame_size = 4});
    reply(in.payload());
  }
};

template <class Handler>
void start(test_server& server, websocket_options options) {
  server.serve<Handler>("/", options);
  server.start();
}

} // namespace

TEST_CASE("what the server sends does not reset idle_timeout") {
  test_server server;
  start<ticking>(server, {.idle_timeout = 300ms});
  raw_client client{server.port(), "/"};
  server_frame frame;
  do
    frame = client.read_frame();
  while (frame == text_frame("tick"));
  CHECK(frame == close_frame(1000));
  CHECK(server.ended().what == kind::timeout);
}

TEST_CASE("whatever the client sends resets idle_timeout") {
  test_server server;
  start<ticking>(server, {.idle_timeout = 1500ms});
  raw_client client{server.port(), "/"};
  const auto whole = client_text("one byte at a time, slowly");
  const bool as_pings = GENERATE(true, false);
  std::size_t sent = 0;
  for (int i = 0; i < 20;) { // two seconds of ticks
    const auto frame = client.read_frame();
    if (frame.op == 10) continue;
    REQUIRE(frame == text_frame("tick"));
    ++i;
    client.send(as_pings ? client_frame(9, "") : whole.substr(sent++, 1));
  }
  CHECK(server.told().ends.size() == 0);
}

TEST_CASE("a handler sets its idle_timeout") {
  test_server server;
  SECTION("shorter") {
    start<choosing>(server, {.idle_timeout = infinity});
    raw_client client{server.port(), "/"};
    client.send(client_text("hurry"));
    CHECK(client.read_frame() == text_frame("hurry"));
    CHECK(client.read_frame() == close_frame(1000));
  }
  SECTION("in init") {
    server.serve<choosing>("/accepted", {.idle_timeout = infinity});
    server.start();
    raw_client client{server.port(), "/accepted"};
    CHECK(client.read_frame() == close_frame(1000));
  }
  SECTION("longer") {
    server.serve<ticking>("/ticking", {.idle_timeout = infinity});
    start<choosing>(server, {.idle_timeout = 1s});
    raw_client client{server.port(), "/"};
    client.send(client_text("take your time"));
    CHECK(client.read_frame() == text_frame("take your time"));
    raw_client clock{server.port(), "/ticking"};
    for (int i = 0; i < 15; ++i)
      CHECK(clock.read_frame() == text_frame("tick"));
    client.send(client_text("still there"));
    CHECK(client.read_frame() == text_frame("still there"));
  }
}

TEST_CASE("a message of max_frame_size is taken, one byte more is not") {
  constexpr std::size_t size = 70'000;
  test_server server;
  start<recorded_echo>(server, {.max_frame_size = size});
  raw_client client{server.port(), "/"};
  const std::string most(size, 'x');
  client.send(client_text(most));
  CHECK(client.read_frame() == text_frame(most));
  client.send(client_frame(1, most.substr(0, size / 2), false) +
              client_frame(0, most.substr(size / 2)));
  CHECK(client.read_frame() == text_frame(most));
  SECTION("in one frame") { client.send(client_text(most + "x")); }
  SECTION("in one frame of which only the head has come") {
    client.send(client_text(most + "x").substr(0, 14));
  }
  SECTION("reassembled") {
    client.send(client_frame(1, most.substr(1), false) + client_frame(0, "x", false) +
                client_frame(0, "x"));
  }
  SECTION("far above") {
    client.send(std::string{"\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF keys", 15});
  }
  CHECK(client.read_frame() == close_frame(1009));
  CHECK(server.ended() == terminate_reason{.what = kind::badsize});
}

TEST_CASE("a handler's max_frame_size holds from the next frame on") {
  test_server server;
  start<choosing>(server, {});
  raw_client client{server.port(), "/"};
  client.send(client_text("small") + client_text("four") + client_text("and five"));
  CHECK(client.read_frame() == text_frame("small"));
  CHECK(client.read_frame() == text_frame("four"));
  CHECK(client.read_frame() == close_frame(1009));
}

TEST_CASE("without validate_utf8 text may be anything") {
  test_server server;
  start<recorded_echo>(server, {.validate_utf8 = false});
  raw_client client{server.port(), "/"};
  client.send(client_text("\xFF\xC0"));
  CHECK(client.read_frame() == text_frame("\xFF\xC0"));
  client.send(client_close(4000, "\xFF"));
  CHECK(client.read_frame() == close_frame(4000));
  CHECK(server.ended().payload == "\xFF");
}

TEST_CASE("a request that is not there after request_timeout is answered with a 408") {
  auto options = one_loop();
  options.http.request_timeout = 1s;
  test_server server{options};
  server.serve<ticking>("/");
  server.start();
  raw_client clock{server.port(), "/"};
  raw_client client{server.port()};
  const auto request = upgrade_request("/");
  std::size_t sent = 0;
  while (sent < 50) { // a byte every 100 ms; it may be cut off well before
    if (!client.try_send(request.substr(sent++, 1))) break;
    CHECK(clock.read_frame() == text_frame("tick"));
    if (sent == 20) break;
  }
  CHECK(client.read_status() == 408);
}

TEST_CASE("a client that asks nothing is closed after request_timeout") {
  auto options = one_loop();
  options.http.request_timeout = 200ms;
  test_server server{options};
  server.start();
  raw_client client{server.port()};
  CHECK(client.read_rest().empty());
}

TEST_CASE("a loop that slept longer than request_timeout gives a new client all its time") {
  test_server server{{.listen = "127.0.0.1:0", .loops = 2, .http = {.request_timeout = 500ms}}};
  server.serve<ticking>("/");
  server.start();
  raw_client clock{server.port(), "/"}; // on the first loop
  for (int i = 0; i < 8; ++i)
    CHECK(clock.read_frame() == text_frame("tick"));
  raw_client late{server.port()}; // on the second
  CHECK(clock.read_frame() == text_frame("tick"));
  late.send(upgrade_request("/"));
  CHECK(late.read_status() == 101);
}

TEST_CASE("a handshake that is deferred for too long is answered with a 503") {
  class deferring final : public recorded<> {
   public:
    using recorded::recorded;
    upgrade init(const request&) override { return defer(200ms); }
  };
  test_server server;
  start<deferring>(server, {});
  raw_client client{server.port()};
  client.send(upgrade_request("/"));
  CHECK(client.read_status() == 503);
  CHECK(server.ended() == terminate_reason{.what = kind::timeout});
}
