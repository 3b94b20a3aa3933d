// Routes of a running server, as sockets see them: what a handshake must bring, and other routes later.
#include "handlers/echo.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

/// The head of the answer to a handshake with these headers too.
std::string handshake(std::uint16_t port, std::string_view path, std::string_view headers) {
  raw_client client{port};
  auto asked = upgrade_request(path);
  asked.insert(asked.size() - 2, headers);
  client.send(asked);
  return client.read_head();
}

bool has_status(std::string_view head, int status) {
  return head.starts_with("HTTP/1.1 " + std::to_string(status));
}

router one_route(std::string path) {
  router routes;
  routes.add_handler({.path = std::move(path)},
                     std::make_shared<handler_type>(make_handler_type<echo>({})));
  return routes;
}

} // namespace

TEST_CASE("a page of another host is refused with a 403, and one of this host is not") {
  test_server server;
  server.route<echo>("/own");
  server.route<echo>({.path = "/open", .origins = {"*"}});
  server.start();
  CHECK(has_status(handshake(server.port(), "/own", "Origin: http://localhost\r\n"), 101));
  CHECK(has_status(handshake(server.port(), "/own", ""), 101));
  for (const char* name : {"Origin", "Sec-WebSocket-Origin"})
    CHECK(has_status(handshake(server.port(), "/own", std::string{name} + ": http://evil.org\r\n"),
                     403));
  CHECK(has_status(handshake(server.port(), "/open", "Origin: http://evil.org\r\n"), 101));
}

TEST_CASE("a route's subprotocol is agreed on, and others are refused with a 400") {
  test_server server;
  server.route<echo>({.path = "/chat", .subprotocols = {"v2", "v1"}});
  server.start();
  const auto offered = [&](const std::string& list) {
    return handshake(server.port(), "/chat", "Sec-WebSocket-Protocol: " + list + "\r\n");
  };
  const auto agreed = offered("v1, v2");
  CHECK(has_status(agreed, 101));
  CHECK_THAT(agreed, Catch::Contains("Sec-WebSocket-Protocol: v2\r\n"));
  CHECK(has_status(offered("v3"), 400));
  CHECK(has_status(handshake(server.port(), "/chat", ""), 101));
}

TEST_CASE("a constraint that throws is a 500, and the server goes on") {
  test_server server;
  const constraint number{"number", [](std::string_view text) {
                            return std::optional{std::to_string(std::stoi(std::string{text}))};
                          }};
  server.route<echo>({.path = "/room/:id", .constraints = {{"id", number}}});
  server.start();
  raw_client client{server.port()};
  client.send("GET /room/none HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(client.read_status() == 500);
  CHECK(has_status(handshake(server.port(), "/room/7", ""), 101));
}

TEST_CASE("no host that matches is a 400, and no path a 404") {
  test_server server;
  server.route<echo>({.host = "localhost", .path = "/here"});
  server.start();
  CHECK(has_status(handshake(server.port(), "/here", ""), 101));
  CHECK(has_status(handshake(server.port(), "/there", ""), 404));
  raw_client other{server.port()};
  other.send("GET /here HTTP/1.1\r\nHost: example.org\r\n\r\n");
  CHECK(other.read_status() == 400);
}

TEST_CASE("other routes are for sockets that connect later, and the old connections go on") {
  test_server server;
  server.route<echo>("/old");
  server.start();
  raw_client connected{server.port(), "/old"};
  raw_client asking{server.port()};
  asking.send("GET /"); // its routes are those of its connect
  server.use(one_route("/new"));
  CHECK(has_status(handshake(server.port(), "/new", ""), 101));
  CHECK(has_status(handshake(server.port(), "/old", ""), 404));
  connected.send(client_text("still"));
  CHECK(connected.read_frame() == text_frame("still"));
  for (int i = 0; i < 3; ++i)
    server.use(one_route("/newer"));
  connected.send(client_text("there"));
  CHECK(connected.read_frame() == text_frame("there"));
  server.stop();
  CHECK(connected.read_frame() == close_frame(1001));
}
