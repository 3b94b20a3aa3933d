#include "net/http/response.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <catch2/catch.hpp>

using namespace vaquero;
namespace http = boost::beast::http;

namespace {

/// What Beast's own parser makes of the bytes, which must be all of a message.
http::response<http::string_body> reparse(const std::string& bytes, bool head_request = false) {
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.skip(head_request);
  boost::beast::error_code error;
  auto used = parser.put(boost::asio::buffer(bytes), error);
  REQUIRE(error == boost::beast::error_code{});
  REQUIRE(used == bytes.size());
  REQUIRE(parser.is_done());
  return parser.release();
}

} // namespace

TEST_CASE("response: what serialise writes, another parser reads", "[response]") {
  auto out = response::text(404, "nothing here\n");
  out.headers.push_back({"X-Room", "a, \"b\"\tc"});
  auto back = reparse(serialise(out, true));
  CHECK(back.result_int() == 404);
  CHECK(back.reason() == "Not Found");
  CHECK(back.version() == 11);
  CHECK(back.keep_alive());
  CHECK(back["Content-Type"] == "text/plain; charset=utf-8");
  CHECK(back["X-Room"] == "a, \"b\"\tc");
  CHECK(back["Content-Length"] == "13");
  CHECK(back.body() == "nothing here\n");
}

TEST_CASE("response: without keep-alive it says close", "[response]") {
  auto back = reparse(serialise(response::html("<p>"), false));
  CHECK(back.result_int() == 200);
  CHECK_FALSE(back.keep_alive());
  CHECK(back["Content-Type"] == "text/html; charset=utf-8");
}

TEST_CASE("response: the answer to HEAD has the length and not the body", "[response]") {
  auto back = reparse(serialise(response::html("12345"), true, true), true);
  CHECK(back["Content-Length"] == "5");
  CHECK(back.body().empty());
}

TEST_CASE("response: an empty one says so, but 204 and 304 have no length at all", "[response]") {
  CHECK(reparse(serialise(response::empty(200), true))["Content-Length"] == "0");
  CHECK(reparse(serialise(response::empty(204), true)).count("Content-Length") == 0);
  CHECK(reparse(serialise(response::empty(304), true)).count("Content-Length") == 0);
  CHECK_THROWS_AS(serialise({204, {}, "x"}, true), std::invalid_argument);
  CHECK_THROWS_AS(serialise({304, {}, "x"}, true), std::invalid_argument);
}

TEST_CASE("response: its own Connection header is joined to ours", "[response]") {
  response out{426, {{"connection", "upgrade"}, {"Upgrade", "websocket"}}, {}};
  CHECK(reparse(serialise(out, false))["Connection"] == "upgrade, close");
  CHECK(reparse(serialise(out, true))["Connection"] == "upgrade, keep-alive");
}

TEST_CASE("response: a date is added unless there is one", "[response]") {
  auto date = http_date(std::chrono::sys_seconds{std::chrono::seconds{784111777}});
  CHECK(date == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(reparse(serialise(response::empty(200), true, false, date))["Date"] == date);
  CHECK(reparse(serialise(response::empty(200), true)).count("Date") == 0);
  response dated{200, {{"date", "then"}}, {}};
  auto back = reparse(serialise(dated, true, false, date));
  CHECK(back.count("Date") == 1);
  CHECK(back["Date"] == "then");
}

TEST_CASE("response: every status from 200 to 999 is written, no other", "[response]") {
  for (unsigned status = 200; status <= 999; ++status) {
    CAPTURE(status);
    REQUIRE(reparse(serialise(response::empty(status), true)).result_int() == status);
  }
  CHECK(reason_phrase(799).empty());
  CHECK(reason_phrase(426) == "Upgrade Required");
  for (unsigned status : {0u, 101u, 199u, 1000u})
    CHECK_THROWS_AS(serialise(response::empty(status), true), std::invalid_argument);
}

TEST_CASE("response: a header that could begin another is refused", "[response]") {
  for (const header_field& bad : std::vector<header_field>{{"X", "a\r\nSet-Cookie: b"},
                                                           {"X", "a\nb"},
                                                           {"X", "a\rb"},
                                                           {"X", std::string("a\0b", 3)},
                                                           {"X", "\x7F"},
                                                           {"X\r\nY", "a"},
                                                           {"X: Y", "a"},
                                                           {"X Y", "a"},
                                                           {"", "a"},
                                                           {"Content-Length", "5"},
                                                           {"transfer-encoding", "chunked"},
                                                           {"Connection", "a\r\nb"}}) {
    CAPTURE(bad.name, bad.value);
    CHECK_THROWS_AS(serialise({200, {bad}, {}}, true), std::invalid_argument);
  }
  CHECK_NOTHROW(serialise({200, {{"X", "caf\xC3\xA9\t"}}, {}}, true));
}
