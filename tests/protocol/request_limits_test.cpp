#include "tests/protocol/http_support.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;
using test::parse;
using state = parse_result::state;

namespace {

/// A request whose line has exactly that many bytes.
std::string with_line_of(std::size_t size) {
  std::string_view frame = "GET / HTTP/1.1";
  return "GET /" + std::string(size - frame.size(), 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string with_headers(std::size_t count) {
  std::string out = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 1; i < count; ++i)
    out += "X: y\r\n";
  return out + "\r\n";
}

/// A request whose head has exactly that many bytes, in headers of a size that is allowed.
std::string with_head_of(std::size_t size) {
  std::string out = "GET / HTTP/1.1\r\nHost: a\r\n";
  while (out.size() + 2 < size) {
    auto line = std::min<std::size_t>(size - 2 - out.size(), 4000);
    if (size - 2 - out.size() - line < 5)
      line -= 5 * (size - 2 - out.size() != line); // leave room for a last one
    out += "X:" + std::string(line - 4, 'y') + "\r\n";
  }
  return out + "\r\n";
}

std::string with_body_of(std::size_t size) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
         std::string(size, 'b');
}

std::string with_chunks_of(std::size_t first, std::size_t second) {
  char sizes[2][20];
  std::snprintf(sizes[0], 20, "%zx\r\n", first);
  std::snprintf(sizes[1], 20, "%zx\r\n", second);
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
         std::string(sizes[0]) + std::string(first, 'c') + "\r\n" + sizes[1] +
         std::string(second, 'd') + "\r\n0\r\n\r\n";
}

/// The status, which must be the same however the bytes arrive.
unsigned status_of(const std::string& text, const http_limits& limits = {}) {
  auto whole = parse(text, limits).result;
  for (std::size_t step : {1, 7, 1460}) {
    CAPTURE(step);
    CHECK(test::parse_in_steps(text, step, limits).result.status == whole.status);
  }
  if (whole.status == 0) CHECK(whole.is == state::complete);
  return whole.status;
}

} // namespace

TEST_CASE("request limits: a request line of 8000 bytes passes, of 8001 is a 414", "[limits]") {
  CHECK(status_of(with_line_of(8000)) == 0);
  CHECK(status_of(with_line_of(8001)) == 414);
}

TEST_CASE("request limits: a line that is too long is refused before it ends", "[limits]") {
  CHECK(parse("GET /" + std::string(7995, 'a')).result.is == state::need_more);
  CHECK(parse("GET /" + std::string(7997, 'a')).result.status == 414);
}

TEST_CASE("request limits: 100 headers pass, 101 are a 431", "[limits]") {
  CHECK(status_of(with_headers(100)) == 0);
  CHECK(status_of(with_headers(101)) == 431);
}

TEST_CASE("request limits: a header's value of 4096 bytes passes, of 4097 is a 431", "[limits]") {
  auto with_value_of = [](std::size_t size) {
    return "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(size, 'v') + " \r\n\r\n";
  };
  CHECK(status_of(with_value_of(4096)) == 0);
  CHECK(status_of(with_value_of(4097)) == 431);
}

TEST_CASE("request limits: a head of 16384 bytes passes, of 16385 is a 431", "[limits]") {
  REQUIRE(with_head_of(16384).size() == 16384);
  REQUIRE(with_head_of(16385).size() == 16385);
  CHECK(status_of(with_head_of(16384)) == 0);
  CHECK(status_of(with_head_of(16385)) == 431);
}

TEST_CASE("request limits: headers that do not end are refused at the limit", "[limits]") {
  std::string endless = "GET / HTTP/1.1\r\nX: " + std::string(20000, 'x');
  CHECK(parse(endless.substr(0, 16384)).result.is == state::need_more);
  CHECK(parse(endless.substr(0, 16385)).result.status == 431);
  CHECK(status_of(endless) == 431);
}

TEST_CASE("request limits: five empty lines before a request pass, six are a 400", "[limits]") {
  std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(status_of("\r\n\r\n\r\n\r\n\r\n" + request) == 0);
  CHECK(status_of("\r\n\r\n\r\n\r\n\r\n\r\n" + request) == 400);
}

TEST_CASE("request limits: a body of 1 MiB passes, one byte more is a 413", "[limits]") {
  CHECK(parse(with_body_of(1 << 20)).value->body().size() == 1 << 20);
  CHECK(parse(with_body_of((1 << 20) + 1)).result.status == 413);
  http_limits small{.max_body = 10};
  CHECK(status_of(with_body_of(10), small) == 0);
  CHECK(status_of(with_body_of(11), small) == 413);
  CHECK(status_of(with_chunks_of(4, 6), small) == 0);
  CHECK(status_of(with_chunks_of(4, 7), small) == 413);
}

TEST_CASE("request limits: a body that is too long is refused before it arrives", "[limits]") {
  CHECK(parse("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n").result.status ==
        413);
}

TEST_CASE("request limits: a chunk's header that does not end is a 431", "[limits]") {
  std::string text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;";
  CHECK(status_of(text + std::string(17000, 'x')) == 431);
}
