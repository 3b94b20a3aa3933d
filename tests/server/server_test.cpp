// A server inside a program: what its author can get wrong, and what clients see of that.
#include "handlers/echo.hpp"
#include "server/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include <thread>

using namespace vaquero;

namespace {

/// The status line that a GET is answered with, once the server has closed.
std::string status_of(const server& asked, const std::string& path) {
  const auto url = asked.urls().at(0);
  boost::asio::ip::tcp::iostream peer{"127.0.0.1", url.substr(url.rfind(':') + 1)};
  peer << "GET " << path << " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
       << std::flush;
  std::string first, rest;
  std::getline(peer, first);
  while (std::getline(peer, rest)) {
  }
  return first;
}

response malformed() { return {200, {{"X", "one\r\nSet-Cookie: two"}}, "text"}; }

} // namespace

TEST_CASE("a page whose response is malformed is a 500, and the next one works") {
  server tested{{.listen = "127.0.0.1:0", .loops = 1}};
  tested.route_page("/malformed", [](const request&) { return malformed(); });
  tested.route_slow_page("/later", [](const request&, auto later) { later(malformed()); });
  tested.route_page("/throws", [](const request&) -> response { throw std::runtime_error{"no"}; });
  tested.route_page("/fine", [](const request&) { return response::text(200, "fine"); });
  tested.start();
  for (const char* path : {"/malformed", "/later", "/throws"}) {
    CHECK(status_of(tested, path) == "HTTP/1.1 500 Internal Server Error\r");
    CHECK(status_of(tested, "/fine") == "HTTP/1.1 200 OK\r");
  }
}

TEST_CASE("a slow page may be answered from another thread, and only once") {
  std::thread elsewhere;
  server tested{{.listen = "127.0.0.1:0", .loops = 2}};
  tested.route_slow_page("/later", [&](const request&, answer_later later) {
    elsewhere = std::thread{[later] {
      later(response::text(202, "later"));
      later(response::text(500, "again"));
    }};
  });
  tested.start();
  CHECK(status_of(tested, "/later") == "HTTP/1.1 202 Accepted\r");
  elsewhere.join();
}

TEST_CASE("a hook that throws leaves a server that has not started, and ends") {
  server tested{{.listen = "127.0.0.1:0", .loops = 2}};
  tested.at_start([](caf::actor_system&) { throw std::runtime_error{"not today"}; });
  CHECK_THROWS_WITH(tested.start(), "not today");
  CHECK(tested.urls().empty());
}

TEST_CASE("a server that cannot be started says why, and can be tried again elsewhere") {
  server first{{.listen = "127.0.0.1:0", .loops = 1}};
  first.start();
  const auto taken = first.urls().at(0).substr(std::string_view{"http://"}.size());
  for (const std::string& address : {taken, std::string{"nonsense"}, std::string{"[::1]:65536"}}) {
    server other{{.listen = address, .loops = 1}};
    CHECK_THROWS_WITH(other.start(), Catch::Contains('"' + address + '"'));
    CHECK(other.urls().empty());
  }
  server too_many{{.listen = "127.0.0.1:0", .loops = loops_max + 1}};
  CHECK_THROWS_AS(too_many.start(), std::runtime_error);
}

TEST_CASE("a server can be stopped and started again") {
  server tested{{.listen = "127.0.0.1:0", .loops = 2}};
  tested.route<echo>("/echo");
  for (int i = 0; i < 3; ++i) {
    tested.start();
    CHECK(status_of(tested, "/echo") == "HTTP/1.1 426 Upgrade Required\r");
    CHECK_THROWS_AS(tested.start(), std::logic_error);
    CHECK_THROWS_AS(tested.route<echo>("/late"), std::logic_error);
    tested.stop();
    CHECK(tested.urls().empty());
  }
}
