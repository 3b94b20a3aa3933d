// What a server tells its log of its clients: nothing that strangers can repeat fills it.
#include "handlers/echo.hpp"
#include "tests/support/log_place.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

using lines = std::vector<std::string>;

/// The status of a handshake by a page from there.
int handshake_by(std::uint16_t port, std::string_view path, std::string_view origin) {
  raw_client client{port};
  auto asked = upgrade_request(path);
  asked.insert(asked.size() - 2, "Origin: " + std::string{origin} + "\r\n");
  client.send(asked);
  return std::stoi(client.read_head().substr(9, 3));
}

/// What stands between two texts in a line.
std::string between(const std::string& line, std::string_view from, std::string_view to) {
  const auto begin = line.find(from) + from.size();
  return line.substr(begin, line.find(to, begin) - begin);
}

} // namespace

TEST_CASE("log: pages that are refused are told of once a route, and then when they have doubled") {
  log_place log;
  set_log({.file = log.path()});
  test_server server;
  server.route<echo>("/a");
  server.route<echo>("/b");
  server.start();
  for (int i = 0; i < 9; ++i)
    CHECK(handshake_by(server.port(), "/a", "http://evil" + std::to_string(i)) == 403);
  CHECK(handshake_by(server.port(), "/b", "http://evil\\") == 403);
  const auto told = log.lines();
  REQUIRE(told.size() == 5); // the first, second, fourth and eighth; and the first of another route
  CHECK_THAT(told[0],
             Catch::StartsWith("warning: handshake at /a from 127.0.0.1:") &&
                 Catch::EndsWith("refused: pages of \"http://evil0\" are not allowed there"));
  for (int i : {1, 2, 3}) {
    const auto times = std::to_string(1 << i);
    CHECK_THAT(
        told[static_cast<std::size_t>(i)],
        Catch::StartsWith("warning: pages refused at /a, " + times + " times now; handshake "));
  }
  CHECK_THAT(told[4], Catch::Contains("at /b ") && Catch::Contains("\"http://evil\\x5c\""));
}

TEST_CASE("log: exceptions of a page are told of once, and then when they have doubled") {
  log_place log;
  set_log({.file = log.path()});
  test_server server;
  server.route_page("/a", [](const request&) -> response { throw std::runtime_error{"no"}; });
  server.start();
  for (int i = 0; i < 5; ++i) {
    raw_client client{server.port()};
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_status() == 500);
  }
  CHECK(log.lines() ==
        lines{"error: page /a: std::runtime_error: no",
              "error: exceptions of pages, std::runtime_error, 2 times now; page /a: "
              "std::runtime_error: no",
              "error: exceptions of pages, std::runtime_error, 4 times now; page /a: "
              "std::runtime_error: no"});
}

TEST_CASE(
    "log: at debug a connection is a line when it opens, and one with its reason at the end") {
  log_place log;
  set_log({.level = log_level::debug, .file = log.path()});
  test_server server;
  server.route<echo>("/a");
  server.start();
  raw_client client{server.port(), "/a"};
  client.send(client_text("a message is no line") + client_close(1000, "bye"));
  client.read_frame();
  CHECK(client.read_frame() == close_frame(1000));
  const auto told = log.lines();
  REQUIRE(told.size() == 2);
  const auto title = between(told[0], "debug: ", " opened");
  CHECK_THAT(title, Catch::StartsWith("connection ") && Catch::Contains(" at /a from 127.0.0.1:"));
  CHECK(told ==
        lines{"debug: " + title + " opened", "debug: " + title + " ended: remote 1000 \"bye\""});
}

TEST_CASE("log: at debug a handshake that is refused is a line with its status") {
  log_place log;
  set_log({.level = log_level::debug, .file = log.path()});
  test_server server;
  server.route<echo>({.path = "/a", .origins = {"self"}});
  server.start();
  CHECK(handshake_by(server.port(), "/a", "http://evil") == 403);
  raw_client client{server.port()};
  client.send(upgrade_request("/a", "99"));
  CHECK(client.read_status() == 426);
  const auto told = log.lines();
  REQUIRE(told.size() == 3); // the first is the warning
  CHECK_THAT(told[1], Catch::StartsWith("debug: handshake at /a from 127.0.0.1:") &&
                          Catch::EndsWith(" refused: 403"));
  CHECK_THAT(told[2], Catch::EndsWith(" refused: 426"));
}

TEST_CASE("log: at info a connection is no line") {
  log_place log;
  set_log({.file = log.path()});
  {
    test_server server;
    server.route<echo>("/a");
    server.start();
    raw_client client{server.port(), "/a"};
    client.send(client_close(1000));
    CHECK(client.read_frame() == close_frame(1000));
  }
  CHECK(log.lines().empty());
}

TEST_CASE("log: clients that are too slow are told of once, and then when they have doubled") {
  log_place log;
  set_log({.file = log.path()});
  obedient_server server;
  constexpr int slow = 3;
  for (int i = 0; i < slow; ++i) {
    raw_client client{server.port(), "/", "", 4096};
    tell(server.connection(), [] {
      const std::string large(4 << 20, 'x'); // over queue_bytes_max, beside what the kernel takes
      for (int n = 0; n < 8; ++n)
        send_data(self(), large);
    });
    CHECK(server.event() == "terminate stop");
  }
  const auto told = log.lines();
  REQUIRE(told.size() == 2);
  CHECK_THAT(told[0],
             Catch::StartsWith("info: connection ") && Catch::EndsWith(" is too slow: closed"));
  CHECK_THAT(told[1], Catch::StartsWith("info: too slow at /, 2 times now; connection "));
}
