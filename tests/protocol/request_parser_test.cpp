#include "tests/protocol/http_support.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;
using test::parse;
using test::request_of;
using test::status_of;
using state = parse_result::state;

namespace {

const std::string browser_upgrade = "GET /chat/room?name=joe HTTP/1.1\r\n"
                                    "Host: server.example.com:8080\r\n"
                                    "Connection: keep-alive, Upgrade\r\n"
                                    "Upgrade: websocket\r\n"
                                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                                    "Sec-WebSocket-Version: 13\r\n"
                                    "Origin: http://example.com\r\n"
                                    "Cookie: a=1; b=2\r\n\r\n";

const std::string chunked_post =
    "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n6;name=value ; x\r\n world\r\n0\r\nTrailer: x\r\n\r\n";

std::string get_with(std::string_view headers) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

} // namespace

TEST_CASE("request parser: a browser's upgrade request, part by part", "[request_parser]") {
  auto out = request_of(browser_upgrade);
  CHECK(out.method() == "GET");
  CHECK(out.target() == "/chat/room?name=joe");
  CHECK(out.path() == "/chat/room");
  CHECK(out.query() == "name=joe");
  CHECK(out.version() == "HTTP/1.1");
  CHECK(out.host() == "server.example.com");
  CHECK(out.header("sec-websocket-VERSION") == "13");
  CHECK(out.header("Sec-WebSocket-Protocol") == std::nullopt);
  CHECK(out.body().empty());
  CHECK(out.keep_alive());
}

TEST_CASE("request parser: headers keep their order and spelling and lose outer white space",
          "[request_parser]") {
  auto out = request_of("GET / HTTP/1.1\r\nhOST:\t a \t\r\nX-Empty:\r\nX: 1\r\nx: 2\r\n\r\n");
  std::vector<header_view> seen(out.headers().begin(), out.headers().end());
  CHECK(seen == std::vector<header_view>{{"hOST", "a"}, {"X-Empty", ""}, {"X", "1"}, {"x", "2"}});
  CHECK(out.header("X") == "1");
  CHECK(out.header("x-empty") == "");
}

TEST_CASE("request parser: a request may arrive in pieces of any size", "[request_parser]") {
  for (const auto& text :
       {browser_upgrade, chunked_post, "\r\n\r\n" + browser_upgrade,
        std::string("POST /%61?x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"),
        std::string("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "0\r\n\r\n")}) {
    auto whole = request_of(text);
    for (std::size_t step = 1; step <= text.size(); ++step) {
      CAPTURE(text, step);
      auto pieces = test::parse_in_steps(text + "rest", step);
      REQUIRE(pieces.result.is == state::complete);
      CHECK(pieces.left == 4);
      CHECK(pieces.value->target() == whole.target());
      CHECK(pieces.value->path() == whole.path());
      CHECK(pieces.value->body() == whole.body());
      CHECK(pieces.value->headers().size() == whole.headers().size());
    }
  }
}

TEST_CASE("request parser: what follows a request stays in the input", "[request_parser]") {
  auto text =
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + chunked_post + "GET /3 HTTP/1.0\r\n\r\n\x81\x05";
  request_parser parser;
  auto input = test::bytes_of(text);
  std::vector<std::string> targets;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(parser.feed(input).is == state::complete);
    CHECK(parser.feed(input).is == state::complete); // nothing more is read until it is taken
    targets.emplace_back(parser.take().target());
  }
  CHECK(targets == std::vector<std::string>{"/1", "/upload", "/3"});
  CHECK(input.size() == 2);
}

TEST_CASE("request parser: it knows whether it is in the middle of a request", "[request_parser]") {
  request_parser parser;
  CHECK_FALSE(parser.started());
  auto input = test::bytes_of("GET / HT");
  CHECK(parser.feed(input).is == state::need_more);
  CHECK(parser.started());
  input = test::bytes_of("TP/1.1\r\nHost: a\r\n\r\n");
  CHECK(parser.feed(input).is == state::complete);
  parser.take();
  CHECK_FALSE(parser.started());
}

TEST_CASE("request parser: an error is final", "[request_parser]") {
  request_parser parser;
  auto input = test::bytes_of("GET / HTTP/3.0\r\n\r\n");
  CHECK(parser.feed(input).status == 505);
  input = test::bytes_of(browser_upgrade);
  auto again = parser.feed(input);
  CHECK(again.status == 505);
  CHECK_FALSE(again.reason.empty());
}

TEST_CASE("request parser: only HTTP/1.0 and HTTP/1.1 are known versions", "[request_parser]") {
  CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 0);
  for (std::string_view version : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3.0"}) {
    CAPTURE(version);
    CHECK(status_of("GET / " + std::string(version) + "\r\nHost: a\r\n\r\n") == 505);
  }
  CHECK(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505); // HTTP/2 with prior knowledge
  for (std::string_view version :
       {"HTTX/1.1", "http/1.1", "HTTP/11", "HTTP/1.1 x", "HTTP/1.10", ""}) {
    CAPTURE(version);
    CHECK(status_of("GET / " + std::string(version) + "\r\nHost: a\r\n\r\n") == 400);
  }
}

TEST_CASE("request parser: a malformed request line is a 400", "[request_parser]") {
  for (std::string_view line :
       {"GET", "GET /", " GET / HTTP/1.1", "GET  / HTTP/1.1", "G@T / HTTP/1.1", "GET /a b HTTP/1.1",
        "GET /\x01 HTTP/1.1", "GET chat HTTP/1.1", "GET ftp://a/ HTTP/1.1", "GET /a#b HTTP/1.1",
        "GET http:/// HTTP/1.1", "GET http://u@a/ HTTP/1.1", "GET * HTTP/1.1",
        "CONNECT /x HTTP/1.1", "GET /%zz HTTP/1.1", "GET /%4 HTTP/1.1", "GET /%00 HTTP/1.1"}) {
    CAPTURE(line);
    CHECK(status_of(std::string(line) + "\r\nHost: a\r\n\r\n") == 400);
  }
}

TEST_CASE("request parser: what is no HTTP is refused before it ends", "[request_parser]") {
  CHECK(status_of(std::string_view("\x16\x03\x01\x02\x00\x01", 6)) == 400); // a TLS client's hello
  CHECK(status_of("GET / HTTP/1.1\n") == 400);
  CHECK(status_of("\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\n") == 400);
}

TEST_CASE("request parser: the target may have any of the four forms", "[request_parser]") {
  auto absolute = request_of("GET http://Example.org:81/a?b HTTP/1.1\r\nHost: other\r\n\r\n");
  CHECK(absolute.path() == "/a");
  CHECK(absolute.query() == "b");
  CHECK(absolute.host() == "Example.org");
  auto root = request_of("GET ws://[::1]:80?b=c HTTP/1.1\r\nHost: other\r\n\r\n");
  CHECK(root.path() == "/");
  CHECK(root.raw_path() == "/");
  CHECK(root.query() == "b=c");
  CHECK(root.host() == "[::1]");
  CHECK(request_of("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path() == "*");
  auto tunnel = request_of("CONNECT a.example:443 HTTP/1.1\r\nHost: b\r\n\r\n");
  CHECK(tunnel.path().empty());
  CHECK(tunnel.host() == "a.example");
}

TEST_CASE("request parser: HTTP/1.1 wants exactly one Host, and a sane one", "[request_parser]") {
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == 400);
  CHECK(status_of("GET / HTTP/1.1\r\nHost:\r\n\r\n") == 0);
  CHECK(status_of("GET / HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n") == 0);
}

TEST_CASE("request parser: a malformed header is a 400", "[request_parser]") {
  for (std::string_view header :
       {"No-Colon\r\n", ": empty name\r\n", "Space : before\r\n", "Sp ace: x\r\n", "X: \x01\r\n",
        "X: a\rb\r\n", "N\xC3\xA4me: x\r\n"}) {
    CAPTURE(header);
    CHECK(status_of(get_with(header)) == 400);
  }
  CHECK(status_of(get_with(std::string_view("X: a\0b\r\n", 8))) == 400);
  CHECK(request_of(get_with("X: caf\xC3\xA9\r\n")).header("X") == "caf\xC3\xA9");
}

TEST_CASE("request parser: a folded header is a 400, whatever it folds", "[request_parser]") {
  CHECK(status_of(get_with("X: a\r\n b\r\n")) == 400);
  CHECK(status_of(get_with("X: a\r\n\tb\r\n")) == 400);
  CHECK(status_of(get_with("X:\r\n b\r\n")) == 400);
  CHECK(status_of(get_with("X: a\r\n \r\n")) == 400);
  CHECK(status_of("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == 400);
}

TEST_CASE("request parser: whoever could mean two lengths of body is refused", "[request_parser]") {
  for (std::string_view headers :
       {"Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n", "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n", "Content-Length:\r\n", "Content-Length: 5 5\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n"}) {
    CAPTURE(headers);
    CHECK(status_of(get_with(headers)) == 400);
  }
  CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("request parser: an unknown transfer coding is a 501", "[request_parser]") {
  for (std::string_view coding : {"gzip", "gzip, chunked", "identity", "xchunked", ""}) {
    CAPTURE(coding);
    CHECK(status_of(get_with("Transfer-Encoding: " + std::string(coding) + "\r\n")) == 501);
  }
  CHECK(parse(get_with("Transfer-Encoding: ChunkeD\r\n")).result.is == state::need_more);
}

TEST_CASE("request parser: a chunked body loses its chunks and its trailers", "[request_parser]") {
  auto out = request_of(chunked_post);
  CHECK(out.body() == "hello world");
  CHECK(out.header("Trailer") == std::nullopt);
}

TEST_CASE("request parser: a malformed chunk is a 400", "[request_parser]") {
  const std::string head = get_with("Transfer-Encoding: chunked\r\n");
  for (std::string_view body :
       {"x\r\nhello", "5\r\nhelloX\r\n0\r\n\r\n", "-1\r\nhello", "5 \r\nhello",
        "FFFFFFFFFFFFFFFFF\r\n", "5;=\r\nhello", "5;x=\"y\"\r\nhello", "5\nhello\r\n"}) {
    CAPTURE(body);
    auto status = status_of(head + std::string(body));
    CHECK((status == 400 || status == 413));
  }
}

TEST_CASE("request parser: keep-alive follows the version and the Connection header",
          "[request_parser]") {
  CHECK_FALSE(request_of(get_with("Connection: close\r\n")).keep_alive());
  CHECK_FALSE(request_of(get_with("Connection: x, CLOSE\r\n")).keep_alive());
  CHECK_FALSE(request_of("GET / HTTP/1.0\r\n\r\n").keep_alive());
  CHECK(request_of("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive());
}
