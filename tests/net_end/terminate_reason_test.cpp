// Every terminate reason with its close frame and with what a monitor sees: the table of
// cowboy_websocket's manual. Crashes are in crash_test.cpp.
#include "tests/net_end/end_support.hpp"

using namespace vaquero;
using namespace vaquero::testing;

namespace {

/// Does what a text tells it.
class obedient final : public recorded<std::string> {
 public:
  using recorded::recorded;

  void websocket_handle(const frame& in) override {
    if (in.text() == "stop") stop();
    if (in.text() == "close") close(4321, "own words");
    if (in.text() == "shutdown_reason") {
      shutdown_reason(std::string{"over"});
      stop();
    }
    if (in.text() == "exit") exit(exit_reason::of(std::string{"because"}));
    if (in.text() == "exit crash") exit(exit_reason::crash({"some_error", "text", ""}));
    if (in.text() == "exit normal") exit(exit_reason::normal());
    if (in.text() == "close twice") {
      close(4001, "first");
      reply("after the close frame");
      close(4002, "second");
      throw std::runtime_error{"after the close frame"};
    }
    if (in.text() == "burst") reply(std::string(8 << 20, 'x'));
  }
  void websocket_info(const std::string& text) override { reply(text); }
};

class refusing final : public recorded<> {
 public:
  using recorded::recorded;
  upgrade init(const request&) override { return refuse(response::text(403, "not you\n")); }
};

/// One open connection, its client and its monitor.
struct session {
  explicit session(websocket_options options = {}, int receive_buffer = 0) {
    server.serve<obedient>("/", options);
    server.start();
    client.emplace(server.port(), "/", "", receive_buffer);
    connection = server.opened();
    monitor.emplace(server, connection);
  }

  /// The reason, after which no second `terminate` and no other byte may come.
  terminate_reason ended(const exit_reason& expected = {}) {
    auto why = server.ended();
    CHECK(monitor->reason() == expected);
    monitor.reset();
    client.reset();
    server.stop();
    CHECK(server.told().ends.size() == 0);
    return why;
  }

  test_server server;
  std::optional<raw_client> client;
  pid connection;
  std::optional<watcher> monitor;
};

} // namespace

TEST_CASE("a refused upgrade ends with the reason normal and its response") {
  test_server server;
  server.serve<refusing>("/");
  server.start();
  raw_client client{server.port()};
  client.send(upgrade_request("/"));
  CHECK(client.read_status() == 403);
  client.close();
  CHECK(server.ended() == terminate_reason{.what = kind::normal});
  server.stop();
  CHECK(server.told().ends.size() == 0);
  CHECK(server.told().opened.size() == 0);
}

TEST_CASE("an empty close frame is echoed: remote") {
  session s;
  s.client->send(client_frame(8, ""));
  CHECK(s.client->read_frame() == empty_close_frame());
  CHECK(s.client->read_end() == raw_client::ending::eof);
  CHECK(s.ended() == terminate_reason{.what = kind::remote});
}

TEST_CASE("a close frame with a code is answered with the code and no payload: remote") {
  session s;
  s.client->send(client_close(4123, "bye \xC3\xA4"));
  CHECK(s.client->read_frame() == close_frame(4123));
  CHECK(s.client->read_end() == raw_client::ending::eof);
  CHECK(s.ended() ==
        terminate_reason{.what = kind::remote_code, .code = 4123, .payload = "bye \xC3\xA4"});
}

TEST_CASE("stop() sends 1000: stop") {
  session s;
  s.client->send(client_text("stop"));
  CHECK(s.client->read_frame() == close_frame(1000));
  CHECK(s.ended() == terminate_reason{.what = kind::stop});
}

TEST_CASE("a handler's own close frame is sent as it is: stop") {
  session s;
  s.client->send(client_text("close"));
  CHECK(s.client->read_frame() == close_frame(4321, "own words"));
  CHECK(s.ended() == terminate_reason{.what = kind::stop});
}

TEST_CASE("what follows a close frame in a callback has no effect") {
  session s;
  s.client->send(client_text("close twice"));
  CHECK(s.client->read_frame() == close_frame(4001, "first"));
  CHECK(s.client->read_end() == raw_client::ending::eof);
  CHECK(s.ended() == terminate_reason{.what = kind::stop});
}

TEST_CASE("a monitor sees the shutdown_reason of a handler that stops") {
  session s;
  s.client->send(client_text("shutdown_reason"));
  CHECK(s.client->read_frame() == close_frame(1000));
  CHECK(s.ended(exit_reason::shutdown(caf::make_message(std::string{"over"}))) ==
        terminate_reason{.what = kind::stop});
}

TEST_CASE("silence for idle_timeout sends 1000: timeout") {
  session s{{.idle_timeout = 100ms}};
  CHECK(s.client->read_frame() == close_frame(1000));
  CHECK(s.ended() == terminate_reason{.what = kind::timeout});
}

TEST_CASE("a broken frame is answered with 1002: badframe") {
  session s;
  s.client->send(raw_frame{.op = 3, .payload = "no such opcode"}.bytes());
  CHECK(s.client->read_frame() == close_frame(1002));
  CHECK(s.ended() == terminate_reason{.what = kind::badframe});
}

TEST_CASE("text that is not UTF-8 is answered with 1007: badencoding") {
  session s;
  SECTION("in a message") { s.client->send(client_text("\xC3\x28")); }
  SECTION("in the reason of a close frame") { s.client->send(client_close(1000, "\xFF")); }
  CHECK(s.client->read_frame() == close_frame(1007));
  CHECK(s.ended() == terminate_reason{.what = kind::badencoding});
}

TEST_CASE("a message above max_frame_size is answered with 1009: badsize") {
  session s{{.max_frame_size = 10}};
  s.client->send(client_text("eleven more"));
  CHECK(s.client->read_frame() == close_frame(1009));
  CHECK(s.ended() == terminate_reason{.what = kind::badsize});
}

TEST_CASE("a client that leaves without a close frame: closed") {
  session s;
  SECTION("with a FIN") {
    s.client->shut_down_writing();
    CHECK(s.client->read_rest().empty());
  }
  SECTION("with a reset") { s.client->reset(); }
  CHECK(s.ended() == terminate_reason{.what = kind::closed});
}

TEST_CASE("a client that does not read for send_timeout is reset: socket error") {
  session s{{.send_timeout = 200ms, .queue_bytes_max = 64 << 20}, 4096};
  s.client->send(client_text("burst"));
  auto why = s.server.ended();
  CHECK(why.what == kind::socket_error);
  CHECK(why.error == std::errc::timed_out);
  CHECK(s.monitor->reason() == exit_reason::normal());
  CHECK(s.client->wait_for_reset());
  s.monitor.reset();
  s.server.stop();
  CHECK(s.server.told().ends.size() == 0);
}

TEST_CASE("an exit signal ends a connection with 1001, one of a crash with 1011: exit") {
  session s;
  SECTION("shutdown") {
    const auto why = exit_reason::shutdown();
    vaquero::exit(s.connection, why);
    CHECK(s.client->read_frame() == close_frame(1001));
    CHECK(s.ended(why) == terminate_reason{.what = kind::exit, .exit = why});
  }
  SECTION("kill arrives as killed") {
    vaquero::exit(s.connection, exit_reason::kill());
    CHECK(s.client->read_frame() == close_frame(1001));
    CHECK(s.ended(exit_reason::killed()) ==
          terminate_reason{.what = kind::exit, .exit = exit_reason::killed()});
  }
  SECTION("a crash elsewhere") {
    const auto why = exit_reason::crash({"some_error", "text", ""});
    vaquero::exit(s.connection, why);
    CHECK(s.client->read_frame() == close_frame(1011));
    CHECK(s.ended(why) == terminate_reason{.what = kind::exit, .exit = why});
  }
}

TEST_CASE("exit(reason) in a callback ends the connection as a signal does") {
  session s;
  SECTION("with a reason of its own") {
    const auto why = exit_reason::of(std::string{"because"});
    s.client->send(client_text("exit"));
    CHECK(s.client->read_frame() == close_frame(1001));
    CHECK(s.ended(why) == terminate_reason{.what = kind::exit, .exit = why});
  }
  SECTION("with a crash") {
    const auto why = exit_reason::crash({"some_error", "text", ""});
    s.client->send(client_text("exit crash"));
    CHECK(s.client->read_frame() == close_frame(1011));
    CHECK(s.ended(why) == terminate_reason{.what = kind::exit, .exit = why});
  }
  SECTION("normally") {
    s.client->send(client_text("exit normal"));
    CHECK(s.client->read_frame() == close_frame(1001));
    CHECK(s.ended() == terminate_reason{.what = kind::exit, .exit = {}});
  }
}

TEST_CASE("when several causes come together the first counts, and terminate is called once") {
  session s;
  SECTION("two close frames and a reset") {
    s.client->send(client_close(4001) + client_close(4002));
    s.client->reset();
    CHECK(s.ended().what != kind::badframe);
  }
  SECTION("stop, a broken frame, a kick and an exit signal") {
    s.client->send(client_text("stop") + raw_frame{.op = 3}.bytes());
    vaquero::close(s.connection, 1000);
    vaquero::exit(s.connection, exit_reason::normal()); // normal does not end anybody
    CHECK(s.client->read_frame() == close_frame(1000));
    CHECK(s.client->read_end() == raw_client::ending::eof);
    CHECK(s.ended() == terminate_reason{.what = kind::stop});
  }
}

TEST_CASE("a 101 that cannot be written ends the connection once") {
  test_server server;
  server.serve<recorded_echo>("/");
  server.start();
  for (int i = 0; i < 50; ++i) {
    raw_client client{server.port()};
    client.send(upgrade_request("/"));
    client.reset();
  }
  raw_client last{server.port(), "/"};
  last.send(client_text("still there"));
  CHECK(last.read_frame() == text_frame("still there"));
  last.send(client_close(1000));
  CHECK(last.read_frame() == close_frame(1000));
  last.close();
  const auto& told = server.told();
  server.stop();
  // A request that was reset before it was read made no connection.
  CHECK(told.ends.size() == told.opened.size());
}
