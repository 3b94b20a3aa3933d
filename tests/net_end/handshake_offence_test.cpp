// Every way in which a client can break the opening handshake (RFC 6455 section 4) or the request that
// carries it (RFC 9112), on the socket: its status, nothing behind it heard, and nothing of it kept.
#include "handlers/echo.hpp"
#include "tests/net_end/places.hpp"

using namespace vaquero;
using namespace vaquero::testing;

namespace {

constexpr auto key = "Sec-WebSocket-Key";
constexpr auto version = "Sec-WebSocket-Version";
constexpr auto protocol = "Sec-WebSocket-Protocol";
constexpr auto extensions = "Sec-WebSocket-Extensions";

std::string field(const std::string& name, const std::string& value) {
  return name + ": " + value + "\r\n";
}

/// The handshake with other lines, or none, in the place of that header's.
std::string without(const std::string& name, const std::string& lines = {}) {
  auto request = upgrade_request("/");
  const auto begin = request.find(name + ": ");
  return request.replace(begin, request.find('\n', begin) + 1 - begin, lines);
}
std::string with(const std::string& name, const std::string& value) {
  auto request = upgrade_request("/");
  return request.insert(request.size() - 2, field(name, value));
}
std::string changed(const std::string& name, const std::string& value) {
  return without(name, field(name, value));
}

/// The handshake with another request line.
std::string asked_as(const std::string& line) {
  const auto request = upgrade_request("/");
  return line + request.substr(request.find('\r'));
}

struct offence {
  std::string bytes;
  int status;
};

/// The status of the only answer, behind which the server closes.
int refused(std::uint16_t port, std::string_view bytes) {
  raw_client client{port};
  client.send(std::string{bytes} + "GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto all = client.read_rest();
  CHECK_THAT(all, Catch::Contains("Connection: close") || Catch::Contains("upgrade, close"));
  CHECK(all.find("\nHTTP/1.1 ") == all.npos);
  return std::stoi(all.substr(9, 3));
}

struct offended_server : test_server {
  offended_server() : test_server{with_places()} {
    route<echo>("/", impatient);
    route_page("/page", [](const request&) { return response::text(200, "a page\n"); });
    route_slow_page("/never", [](const request&, answer_later) {});
    start();
  }

  void check_refused(const std::vector<offence>& all) {
    for (const auto& [bytes, status] : all) {
      INFO(bytes.substr(0, 300));
      CHECK(refused(port(), bytes) == status);
    }
    check_memory_is_back(*this, 20, [&] {
      for (const auto& each : all)
        refused(port(), each.bytes);
    });
  }
};

std::string request_with(const std::string& headers, const std::string& method = "POST",
                         const std::string& path = "/page") {
  return method + " " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}
std::string chunked(const std::string& body) {
  return request_with("Transfer-Encoding: chunked\r\n") + body;
}

} // namespace

TEST_CASE("handshakes that break RFC 6455 are refused, each with its status, and not kept") {
  offended_server server;
  server.check_refused({
      {asked_as("POST / HTTP/1.1"), 400},
      {asked_as("get / HTTP/1.1"), 400},
      {asked_as("GET / HTTP/1.0"), 400},
      {asked_as("GET / HTTP/2.0"), 505},
      {asked_as("GET /#fragment HTTP/1.1"), 400},
      {asked_as("GET chat HTTP/1.1"), 400},
      {asked_as("GET /nowhere HTTP/1.1"), 404},
      {asked_as("GET /page HTTP/1.1"), 200}, // a proxy may think that there is a tunnel now
      {changed("Upgrade", "h2c\r\nUpgrade: x, websocket").replace(0, 5, "GET /page"), 200},
      {without("Host"), 400},
      {with("Host", "b"), 400},
      {changed("Host", "a/b"), 400},
      {changed("Upgrade", "h2c"), 400},
      {changed("Upgrade", "websocket2"), 400},
      {without("Connection"), 400},
      {changed("Connection", "keep-alive"), 400},
      {without(key), 400},
      {changed(key, ""), 400},
      {changed(key, "AAAAAAAAAAAAAAAAAAAA"), 400},     // 15 bytes
      {changed(key, "AAAAAAAAAAAAAAAAAAAAAAA="), 400}, // 17 bytes
      {changed(key, "AAAAAAAAAAAAAAAAAAAAA_=="), 400},
      {changed(key, "AAAAAAAAAAAAAAAAAAAAAB=="), 400}, // bits beyond the 16th byte
      {with(key, "AAAAAAAAAAAAAAAAAAAAAA=="), 400},
      {without(version), 400},
      {with(version, "13"), 400},
      {changed(version, ""), 426},
      {changed(version, "12"), 426},
      {changed(version, "013"), 426},
      {changed(version, "13, 8"), 426},
      {with(protocol, ""), 400},
      {with(protocol, ","), 400},
      {with(protocol, "a b"), 400},
      {with(protocol, "a;b"), 400},
      {with(protocol, "a, b, a"), 400},
      {with(protocol, "a\r\n" + std::string{protocol} + ": a"), 400},
      {with(extensions, ""), 400},
      {with(extensions, ";"), 400},
      {with(extensions, "a; ;b"), 400},
      {with(extensions, "a; b="), 400},
      {with(extensions, "a; b=\"c"), 400},
      {with(extensions, "a; b=\"c d\""), 400}, // no token inside
      {with(extensions, "a b"), 400},
      {with("Origin", "http://a\r\nOrigin: http://b"), 400},
      {with("Origin", "http://elsewhere"), 403},
  });
}

TEST_CASE("requests that break RFC 9112 are refused, each with its status, and not kept") {
  offended_server server;
  const std::string too_large = "100001"; // hexadecimal: a mebibyte and one
  server.check_refused({
      {"\x16\x03\x01\x02\x01", 400}, // a TLS hello
      {request_with("X: a\r\n folded\r\n"), 400},
      {request_with("X : a\r\n"), 400},
      {request_with(" X: a\r\n"), 400},
      {request_with("X: a\rb\r\n"), 400},
      {request_with("X: a\n"), 400},
      {request_with("X\r\n"), 400},
      {request_with(": a\r\n"), 400},
      {request_with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
      {request_with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
      {request_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {request_with("Transfer-Encoding: chunked, gzip\r\n"), 400},
      {request_with("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {request_with("Transfer-Encoding: xchunked\r\n"), 501},
      {request_with("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
      {request_with("Content-Length: 3, 3\r\n"), 400},
      {request_with("Content-Length: -1\r\n"), 400},
      {request_with("Content-Length: 99999999999999999999\r\n"), 400},
      {"POST /page HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {chunked("x\r\nhello\r\n"), 400},
      {chunked("5\r\nhelloX\r\n0\r\n\r\n"), 400},
      {chunked("5\nhello\r\n0\r\n\r\n"), 400},
      {chunked("5;a\nb\r\nhello\r\n0\r\n\r\n"), 400},
      {chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), 400},
      {chunked("0\r\nX: a\n\r\n"), 400},
      {chunked("0\r\n\n"), 400},
      {chunked("0\r\nX : a\r\n\r\n"), 400},
      {request_with("Expect: coffee\r\n"), 417},
  });
}

TEST_CASE("what is too large or not spoken is refused, each with its status, and not kept") {
  offended_server server;
  std::string many;
  for (int i = 0; i < 101; ++i)
    many += "X: a\r\n";
  server.check_refused({
      {asked_as("GET /" + std::string(8'000, 'x') + " HTTP/1.1"), 414},
      {std::string(9'000, 'x'), 414}, // a line that does not end
      {request_with(field("X", std::string(4'097, 'x'))), 431},
      {request_with(many), 431},
      {with("Cookie", std::string(20'000, 'x')), 431},
      {request_with("Content-Length: 1048577\r\n"), 413},
      {chunked("100001\r\n"), 413},
      {chunked("FFFFFFFFFFFFFFFF\r\n"), 413},
      {chunked("5;" + std::string(20'000, 'x')), 431},
      {chunked("0\r\nX: " + std::string(20'000, 'x')), 431},
      {"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {request_with("", "TRACE"), 501},
  });
}

TEST_CASE("what does not end the socket is answered with its status, and not kept") {
  offended_server server;
  const std::pair<std::string, int> asked[] = {
      {request_with("", "GET", "/nowhere"), 404},
      {request_with("Content-Length: 4\r\n") + "body", 405},
      {request_with("", "GET", "/"), 426},
      {request_with("Upgrade: h2c\r\nConnection: Upgrade\r\n", "GET"), 200}, // is passed over
  };
  const auto visit = [&] {
    raw_client client{server.port()};
    for (const auto& [bytes, status] : asked) {
      client.send(bytes);
      CHECK(client.read_status() == status);
    }
  };
  check_memory_is_back(server, 200, visit);
}

TEST_CASE("requests and pages that take too long are answered with 408 and 503, and not kept") {
  auto options = with_places();
  options.http.request_timeout = 300ms;
  options.http.answer_timeout = 1ms;
  test_server server{options};
  server.route<echo>("/", impatient);
  server.route_slow_page("/never", [](const request&, answer_later) {});
  server.start();
  check_memory_is_back(server, 3, [&] {
    std::vector<raw_client> clients;
    for (std::size_t i = 0; i < places; ++i) {
      const bool is_begun = i % 2 == 0;
      clients.emplace_back(server.port())
          .send(is_begun ? "GET /page HTTP/1.1\r\nHost: a\r\nX: " + std::string(4'000, 'x')
                         : request_with("", "GET", "/never"));
    }
    for (std::size_t i = 0; i < places; ++i)
      CHECK(clients[i].read_status() == (i % 2 == 0 ? 408 : 503));
  });
}

TEST_CASE("a request that comes byte by byte has the time of one that comes at once") {
  auto options = with_places();
  options.http.request_timeout = 300ms;
  test_server server{options};
  server.route<echo>("/", impatient);
  server.start();
  raw_client client{server.port()};
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  // It is never silent for a tenth of that time, and the header of 4,096 bytes is never full.
  for (int sent = 0; sent < 4'000 && !client.answers_within(10ms); ++sent)
    client.send("x");
  CHECK(client.read_status() == 408);
}

TEST_CASE("who expects a 100 before the 101 gets both") {
  offended_server server;
  raw_client client{server.port()};
  client.send(with("Expect", "100-continue") + client_text("early"));
  CHECK(client.read_head() == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
  CHECK(client.read_frame() == text_frame("early"));
}
