// `init`: the request it gets, and what it may answer.
#include "tests/support/bounded_socket.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"
#include "tests/support/websocket_client.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

/// Answers with what the test has made it from.
class answering : public reporter<> {
 public:
  answering(std::shared_ptr<journal> to, std::function<upgrade(const request&)> how)
      : reporter(std::move(to)), how_(std::move(how)) {}
  upgrade init(const request& from) override { return how_(from); }
  void websocket_init() override { tell("websocket_init"); }
  void websocket_handle(const frame& in) override { send_data(self(), in.payload(), in.type()); }

 private:
  std::function<upgrade(const request&)> how_;
};

void serve(test_server& server, std::function<upgrade(const request&)> how) {
  server.reports<answering>("/", std::move(how));
  server.start();
}

/// Chooses a subprotocol, or leaves it to its route, and tells of each frame what was agreed upon.
class curious : public reporter<> {
 public:
  curious(std::shared_ptr<journal> to, std::string subprotocol)
      : reporter(std::move(to)), subprotocol_(std::move(subprotocol)) {}
  upgrade init(const request&) override { return accept({.subprotocol = subprotocol_}); }
  void websocket_handle(const frame&) override {
    const auto now = meta();
    tell(std::to_string(now.version) + " " + std::string{now.subprotocol} +
         (now.is_compressed ? " compressed" : " plain"));
  }

 private:
  std::string subprotocol_;
};

void serve_curious(test_server& server, std::vector<std::string> of_route, std::string of_init) {
  server.route<curious>({.path = "/", .subprotocols = std::move(of_route)}, {}, server.seen(),
                        std::move(of_init));
  server.start();
}

class unbuildable : public reporter<> {
 public:
  explicit unbuildable(std::shared_ptr<journal> to) : reporter(std::move(to)) {
    throw std::runtime_error{"no memory for this"};
  }
};

class late_answer : public reporter<> {
 public:
  using reporter::reporter;
  void websocket_init() override { accept(); }
};

} // namespace

TEST_CASE("init accepts with a subprotocol and headers", "[init]") {
  test_server server;
  serve(server, [](const request&) -> upgrade {
    return accepted{.subprotocol = "chat.v2",
                    .headers = {{"Set-Cookie", "a=1"}, {"X-Served-By", "vaquero"}}};
  });
  websocket_client client{server.port(), "/", {{"Sec-WebSocket-Protocol", "chat.v1, chat.v2"}}};
  CHECK(client.answer().status == 101);
  CHECK(client.answer_header("Sec-WebSocket-Protocol") == "chat.v2");
  CHECK(client.answer_header("Set-Cookie") == "a=1");
  CHECK(client.answer_header("X-Served-By") == "vaquero");
  CHECK(server.event() == "websocket_init");
  client.text("still works");
  CHECK(client.next() == "text still works");
  CHECK(client.close(1000) == "close 1000");
  CHECK(server.event() == "terminate remote 1000 \"\"");
}

TEST_CASE("meta tells what the handshake agreed upon", "[init]") {
  test_server server;
  serve_curious(server, {}, "chat.v2");
  const auto version = GENERATE("13", "8", "7");
  raw_client client{server.port()};
  auto request = upgrade_request("/", version);
  request.insert(request.size() - 2, "Sec-WebSocket-Protocol: chat.v1, chat.v2\r\n");
  client.send(request);
  client.read_head();
  client.send(client_text("what is it?"));
  CHECK(server.event() == version + std::string{" chat.v2 plain"});
}

TEST_CASE("meta tells the subprotocol that the route chose, unless init chose another", "[init]") {
  const auto [by_init, agreed] =
      GENERATE(std::pair{"", "chat.v1"}, std::pair{"chat.v2", "chat.v2"});
  test_server server;
  serve_curious(server, {"chat.v1"}, by_init);
  websocket_client client{server.port(), "/", {{"Sec-WebSocket-Protocol", "chat.v1, chat.v2"}}};
  CHECK(client.answer_header("Sec-WebSocket-Protocol") == agreed);
  client.text("what is it?");
  CHECK(server.event() == std::string{"13 "} + agreed + " plain");
}

TEST_CASE("meta tells the subprotocol that a header of init's chose", "[init]") {
  class with_header : public curious {
   public:
    explicit with_header(std::shared_ptr<journal> to) : curious(std::move(to), "") {}
    upgrade init(const request&) override {
      return accept({.headers = {{"Sec-WebSocket-Protocol", "chat.v2"}}});
    }
  };
  test_server server;
  server.route<with_header>({.path = "/", .subprotocols = {"chat.v1"}}, {}, server.seen());
  server.start();
  websocket_client client{server.port(), "/", {{"Sec-WebSocket-Protocol", "chat.v1, chat.v2"}}};
  CHECK(client.answer_header("Sec-WebSocket-Protocol") == "chat.v2");
  client.text("what is it?");
  CHECK(server.event() == "13 chat.v2 plain");
}

TEST_CASE("options that make no sense are refused before the server starts, and in init",
          "[init]") {
  test_server server;
  const auto wrong = GENERATE(websocket_options{.queue_close_code = 1005},
                              websocket_options{.queue_high_percent = 101},
                              websocket_options{.queue_high_percent = 10, .queue_low_percent = 11},
                              websocket_options{.lifetime_spread_percent = 101});
  const auto answer = [wrong](const request&) -> upgrade { return accepted{.options = wrong}; };
  CHECK_THROWS_AS(make_handler_type<answering>(wrong, server.seen(), answer),
                  std::invalid_argument);
  serve(server, answer);
  websocket_client client{server.port()};
  CHECK(client.answer().status == 500);
}

TEST_CASE("init accepts with options of its own", "[init]") {
  test_server server;
  serve(server, [](const request&) -> upgrade {
    return accepted{.options = websocket_options{.max_frame_size = 5}};
  });
  websocket_client client{server.port()};
  client.text("12345");
  CHECK(client.next() == "text 12345");
  client.text("123456");
  CHECK(client.next() == "close 1009");
  CHECK(server.event() == "websocket_init");
  CHECK(server.event() == "terminate badsize");
}

TEST_CASE("init answers with any response instead", "[init]") {
  test_server server;
  serve(server, [](const request&) -> upgrade {
    return response{.status = 403, .headers = {{"X-Reason", "not today"}}, .body = "go away"};
  });
  websocket_client client{server.port()};
  CHECK(client.answer().status == 403);
  CHECK(client.answer_header("X-Reason") == "not today");
  CHECK(client.answer().body == "go away");
  CHECK(server.event() == "terminate normal");
}

TEST_CASE("init may redirect without a body", "[init]") {
  test_server server;
  serve(server, [](const request&) -> upgrade {
    return response{.status = 302, .headers = {{"Location", "/login"}}, .body = {}};
  });
  websocket_client client{server.port()};
  CHECK(client.answer().status == 302);
  CHECK(client.answer_header("Location") == "/login");
  CHECK(server.event() == "terminate normal");
}

TEST_CASE("init gets the whole request", "[init]") {
  test_server server;
  server.reports<answering>("/user/:id/:room", std::function{[&](const request& from) -> upgrade {
                              auto& events = server.seen()->events;
                              events.push(std::string{from.method()});
                              events.push(std::string{from.path()});
                              events.push(from.query_value("name").value_or("none"));
                              events.push(std::string{from.header("x-token").value_or("none")});
                              events.push(std::string{from.cookie("session").value_or("none")});
                              events.push(std::string{from.binding("id").value_or("none")});
                              events.push(std::string{from.binding("room").value_or("none")});
                              events.push(from.peer().ip);
                              events.push(from.peer().port != 0 ? "a port" : "no port");
                              return accepted{};
                            }});
  server.start();
  websocket_client client{server.port(),
                          "/user/joe/blue%20room?name=J%C3%B8e+X",
                          {{"X-Token", "t0k"}, {"Cookie", "a=b; session=s1"}}};
  CHECK(client.answer().status == 101);
  for (auto* expected : {"GET", "/user/joe/blue room",
                         "J\xC3\xB8"
                         "e X",
                         "t0k", "s1", "joe", "blue room", "127.0.0.1", "a port", "websocket_init"})
    CHECK(server.event() == expected);
}

TEST_CASE("an exception in init is answered with a 500", "[init]") {
  test_server server;
  serve(server, [](const request&) -> upgrade { throw std::runtime_error{"no idea"}; });
  websocket_client client{server.port()};
  CHECK(client.answer().status == 500);
  CHECK(server.event() == "terminate crash std::runtime_error: no idea");
}

TEST_CASE("an exception in the constructor is answered with a 500", "[init]") {
  test_server server;
  server.reports<unbuildable>("/");
  server.start();
  websocket_client client{server.port()};
  CHECK(client.answer().status == 500);
  CHECK(server.seen()->events.size() == 0);
}

TEST_CASE("an accept that breaks the handshake is answered with a 500", "[init]") {
  test_server server;
  serve(server, [](const request&) -> upgrade { return accepted{.subprotocol = "unheard of"}; });
  websocket_client client{server.port()};
  CHECK(client.answer().status == 500);
  CHECK(server.event().starts_with("terminate crash std::invalid_argument"));
}

TEST_CASE("a response that cannot be is answered with a 500", "[init]") {
  test_server server;
  serve(server, [](const request&) -> upgrade {
    return response{.status = 200, .headers = {{"X-Split", "a\r\nb: c"}}, .body = {}};
  });
  websocket_client client{server.port()};
  CHECK(client.answer().status == 500);
  CHECK(client.answer_header("b").empty());
  CHECK(server.event().starts_with("terminate crash std::invalid_argument"));
}

TEST_CASE("leaving init by exit is answered with a 503", "[init]") {
  test_server server;
  serve(server, [](const request&) -> upgrade { process_verbs::exit(exit_reason::shutdown()); });
  websocket_client client{server.port()};
  CHECK(client.answer().status == 503);
  CHECK(server.event() == "terminate exit shutdown");
}

TEST_CASE("an accept in the wrong place crashes the process", "[init]") {
  test_server server;
  server.reports<late_answer>("/");
  server.start();
  websocket_client client{server.port()};
  CHECK(client.answer().status == 101);
  CHECK(client.next() == "close 1011");
  CHECK(server.event().starts_with("terminate crash std::logic_error"));
}

TEST_CASE("frames that came with the request are handled after websocket_init", "[init]") {
  test_server server;
  serve(server, [](const request&) -> upgrade { return accepted{}; });
  bounded_socket client{server.port()};
  const std::string text{"\x81\x82\0\0\0\0hi", 8};
  const std::string close{"\x88\x80\0\0\0\0", 6};
  client.write("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n" +
               text + close);
  CHECK(client.read_all().ends_with(std::string{"\r\n\r\n\x81\x02hi\x88\x00", 10}));
  CHECK(server.event() == "websocket_init");
  CHECK(server.event() == "terminate remote");
}
