// server.stop() with connections in every state: each is told, terminates once, and nothing stays.
#include "tests/net_end/end_support.hpp"

using namespace vaquero;
using namespace vaquero::testing;

namespace {

class trapping final : public recorded<exit_signal> {
 public:
  using recorded::recorded;
  void websocket_init() override {
    trap_exit(true);
    recorded::websocket_init();
  }
  void websocket_info(const exit_signal&) override { told().said.push("trapped"); }
};

class deferring final : public recorded<> {
 public:
  using recorded::recorded;
  upgrade init(const request&) override {
    told().opened.push(self());
    return defer(60s);
  }
};

const terminate_reason shut_down{.what = kind::exit, .exit = exit_reason::shutdown()};

} // namespace

TEST_CASE("stop() ends open connections with 1001, and a monitor sees shutdown") {
  auto options = one_loop();
  options.loops = 2;
  test_server server{options};
  server.serve<recorded_echo>("/");
  server.start();
  constexpr int count = 50;
  std::vector<raw_client> clients;
  for (int i = 0; i < count; ++i)
    clients.emplace_back(server.port(), "/");
  std::optional<watcher> monitor{std::in_place, server, server.opened()};
  stop_while(server, [&] {
    CHECK(monitor->reason() == exit_reason::shutdown());
    monitor.reset();
    for (auto& client : clients) {
      CHECK(client.read_frame() == close_frame(1001));
      CHECK(client.read_end() == raw_client::ending::eof);
      client.close();
    }
  });
  CHECK(server.told().ends.size() == count);
  for (int i = 0; i < count; ++i)
    CHECK(server.ended() == shut_down);
}

TEST_CASE("stop() leaves half-sent requests, answers deferred ones with a 503") {
  test_server server;
  server.serve<deferring>("/");
  server.start();
  raw_client silent{server.port()};
  raw_client half{server.port()};
  half.send("GET / HT");
  raw_client waiting{server.port()};
  waiting.send(upgrade_request("/"));
  server.opened();
  stop_while(server, [&] {
    CHECK(waiting.read_status() == 503);
    CHECK(half.read_end() == raw_client::ending::eof);
    CHECK(silent.read_end() == raw_client::ending::eof);
    waiting.close();
  });
  CHECK(server.ended() == shut_down);
}

TEST_CASE("stop() ends a handler that traps exits when its patience is over") {
  auto options = one_loop();
  options.shutdown_timeout = 200ms;
  test_server server{options};
  server.serve<trapping>("/");
  server.start();
  raw_client client{server.port(), "/"};
  server.opened();
  stop_while(server, [&] {
    CHECK(server.told().said.pop() == "trapped");
    CHECK(client.read_frame() == close_frame(1001));
    CHECK(client.read_end() == raw_client::ending::eof);
  });
  CHECK(server.ended() == shut_down);
  CHECK(server.told().ends.size() == 0);
}

TEST_CASE("stop() does not wait longer than its patience for clients that do not close") {
  auto options = one_loop();
  options.shutdown_timeout = 200ms;
  test_server server{options};
  server.serve<recorded_echo>("/", {.send_timeout = 60s, .close_timeout = 60s});
  server.start();
  raw_client client{server.port(), "/"};
  raw_client not_reading{server.port(), "/", "", 4096};
  server.opened();
  send_data(server.opened(), std::string(1 << 20, 'x'));
  server.stop(); // returns: the test's time limit is the bound
  CHECK(client.read_frame() == close_frame(1001));
  CHECK(client.read_end() == raw_client::ending::eof);
  CHECK(server.told().ends.size() == 2);
}

TEST_CASE("stop() with a patience without end waits for clients that read slowly") {
  auto options = one_loop();
  options.shutdown_timeout = infinity;
  test_server server{options};
  server.serve<recorded_echo>("/", {.queue_bytes_max = 64 << 20});
  server.start();
  raw_client client{server.port(), "/", "", 4096};
  const std::string much(16 << 20, 'x');
  send_data(server.opened(), much);
  stop_while(server, [&] {
    CHECK(server.ended() == shut_down);
    CHECK(client.read_frame() == text_frame(much));
    CHECK(client.read_frame() == close_frame(1001));
    CHECK(client.read_end() == raw_client::ending::eof);
    client.close();
  });
}

TEST_CASE("stop() may be called twice, and before start") {
  test_server server;
  server.serve<recorded_echo>("/");
  server.stop();
  server.start();
  server.stop();
  server.stop();
}

TEST_CASE("a connection that ends while the server stops terminates once") {
  for (int i = 0; i < 20; ++i) {
    test_server server;
    server.serve<recorded_echo>("/");
    server.start();
    raw_client client{server.port(), "/"};
    server.opened();
    stop_while(server, [&] {
      client.try_send(client_close(4000) + raw_frame{.op = 3}.bytes());
      client.read_end();
      client.close();
    });
    CHECK(server.told().ends.size() == 1);
  }
}
