#include "net/http/url.hpp"
#include "tests/protocol/http_support.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;
using test::request_of;

namespace {

request get(const std::string& target, const std::string& headers = {}) {
  return request_of("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n");
}

} // namespace

TEST_CASE("request: the path is decoded, but an escaped slash stays escaped", "[request]") {
  auto out = get("/chat%20room/a%2fb%2525/%C3%A9?x=%20");
  CHECK(out.path() == "/chat room/a%2fb%25/\xC3\xA9");
  CHECK(out.raw_path() == "/chat%20room/a%2fb%2525/%C3%A9");
  CHECK(out.query() == "x=%20");
  CHECK(get("/a/../b/./c").path() == "/a/../b/./c");
  CHECK(get("/a+b").path() == "/a+b");
}

TEST_CASE("request: a value of the query is decoded", "[request]") {
  auto out = get("/?name=J%C3%B6+D&empty=&flag&&a%62c=1&x=1&x=2&eq=a=b&=nameless");
  CHECK(out.query_value("name") == "J\xC3\xB6 D");
  CHECK(out.query_value("empty") == "");
  CHECK(out.query_value("flag") == "");
  CHECK(out.query_value("abc") == "1");
  CHECK(out.query_value("x") == "1");
  CHECK(out.query_value("eq") == "a=b");
  CHECK(out.query_value("") == "nameless");
  CHECK(out.query_value("Name") == std::nullopt);
  CHECK(out.query_value("absent") == std::nullopt);
}

TEST_CASE("request: a query that is absent or empty has no values", "[request]") {
  CHECK(get("/").query_value("x") == std::nullopt);
  CHECK(get("/?").query_value("x") == std::nullopt);
  CHECK(get("/?").query_value("") == std::nullopt);
  CHECK(get("/?").path() == "/");
  CHECK(get("/?a?b").query() == "a?b");
}

TEST_CASE("request: a malformed escape in the query stands for itself", "[request]") {
  auto out = get("/?a=%&b=%4&c=%zz&d=100%25&e=%%41&%=f");
  CHECK(out.query_value("a") == "%");
  CHECK(out.query_value("b") == "%4");
  CHECK(out.query_value("c") == "%zz");
  CHECK(out.query_value("d") == "100%");
  CHECK(out.query_value("e") == "%A");
  CHECK(out.query_value("%") == "f");
}

TEST_CASE("request: cookies are found by name, in this case, over all Cookie headers",
          "[request]") {
  auto out = get("/", "Cookie: a=1; b = 2 ;c=; d=x=y; ; q=\"w\"; a=3\r\nCookie: bare; E=5\r\n");
  CHECK(out.cookie("a") == "1");
  CHECK(out.cookie("b") == "2");
  CHECK(out.cookie("c") == "");
  CHECK(out.cookie("d") == "x=y");
  CHECK(out.cookie("q") == "\"w\"");
  CHECK(out.cookie("E") == "5");
  CHECK(out.cookie("e") == std::nullopt);
  CHECK(out.cookie("bare") == std::nullopt);
  CHECK(out.cookie("") == "bare");
  CHECK(get("/").cookie("a") == std::nullopt);
  CHECK(get("/", "Cookie:\r\n").cookie("a") == std::nullopt);
}

TEST_CASE("request: the router binds names, and binds them anew", "[request]") {
  auto out = get("/");
  CHECK(out.binding("room") == std::nullopt);
  out.set_binding("room", "a");
  out.set_binding("user", "b");
  out.set_binding("room", "c");
  CHECK(out.binding("room") == "c");
  CHECK(out.binding("user") == "b");
}

TEST_CASE("request: the server sets the peer", "[request]") {
  auto out = get("/");
  CHECK(out.peer() == peer_address{});
  out.set_peer({.ip = "2001:db8::1", .port = 4711});
  CHECK(out.peer() == peer_address{"2001:db8::1", 4711});
}

TEST_CASE("request: views survive the request's being moved", "[request]") {
  auto first = get("/a%20b?c=d", "X: y\r\n");
  auto path = first.path();
  auto header = first.header("X");
  auto headers = first.headers();
  auto second = std::move(first);
  CHECK(path.data() == second.path().data());
  CHECK(header->data() == second.header("X")->data());
  CHECK((*headers.begin()).name == "Host");
}

TEST_CASE("request: an empty one has empty parts", "[request]") {
  request out;
  CHECK(out.method().empty());
  CHECK(out.path().empty());
  CHECK(out.body().empty());
  CHECK(out.host().empty());
  CHECK(out.headers().empty());
}

TEST_CASE("url: percent_decode decodes everything or nothing", "[url]") {
  CHECK(percent_decode("a%2Fb%00+") == std::string("a/b\0+", 5));
  CHECK(percent_decode("") == "");
  CHECK(percent_decode("%") == std::nullopt);
  CHECK(percent_decode("a%4") == std::nullopt);
  CHECK(percent_decode("%g0") == std::nullopt);
}
