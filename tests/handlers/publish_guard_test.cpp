// Who may publish over HTTP, and what a token's file must be like.
#include "handlers/publish_guard.hpp"
#include "net/http/request_parser.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <sys/stat.h>

using namespace vaquero;

namespace {

/// A POST from there to this host, with these lines among its headers.
request post(const std::string& headers = "", const std::string& ip = "127.0.0.1",
             const std::string& host = "localhost:8080") {
  const auto text =
      "POST /topic/a HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "Content-Length: 0\r\n\r\n";
  request_parser parser;
  auto rest = std::as_bytes(std::span{text});
  REQUIRE(parser.feed(rest).is == parse_result::state::complete);
  auto made = parser.take();
  made.set_peer({ip, 1});
  return made;
}

/// The status that it is refused with; 0 if it is not.
unsigned status(const publish_guard& guard, const request& asked) {
  const auto refusal = guard.refuse(asked);
  return refusal ? refusal->status : 0;
}

/// A file, gone with the object.
class token_file {
 public:
  explicit token_file(const std::string& content, mode_t mode = 0600) {
    name_ = (std::filesystem::temp_directory_path() / "token_test.XXXXXX").string();
    const int fd = mkstemp(name_.data());
    if (fd < 0) throw std::runtime_error{"cannot make " + name_};
    ::close(fd);
    std::ofstream{name_, std::ios::binary} << content;
    ::chmod(name_.c_str(), mode);
  }
  ~token_file() { std::filesystem::remove(name_); }

  const std::string& name() const { return name_; }
  std::string read() const { return read_publish_token(name_); }

 private:
  std::string name_;
};

std::string fault(const std::string& file) {
  try {
    return "no fault, but " + read_publish_token(file);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

} // namespace

TEST_CASE("without a token whoever is on this machine may publish, and nobody else") {
  const publish_guard guard;
  CHECK(status(guard, post()) == 0);
  CHECK(status(guard, post("", "127.8.9.10")) == 0);
  CHECK(status(guard, post("", "::1")) == 0);
  CHECK(status(guard, post("", "192.0.2.1")) == 403);
  CHECK(status(guard, post("", "2001:db8::1")) == 403);
  CHECK(status(guard, post("Authorization: Bearer any\r\n", "192.0.2.1")) == 403);
}

TEST_CASE("without a token no proxy may publish for others") {
  const publish_guard guard;
  for (const std::string name : {"Forwarded", "forwarded", "X-Forwarded-For", "x-forwarded-host",
                                 "X-Forwarded-Proto", "X-FORWARDED-ANYTHING"}) {
    CAPTURE(name);
    CHECK(status(guard, post(name + ": for=127.0.0.1\r\n")) == 403);
    CHECK(status(guard, post(name + ":\r\n")) == 403);
  }
  CHECK(status(guard, post("X-Forwarded: no such header\r\n")) == 0);
}

TEST_CASE("without a token pages of the same host may publish, and no other page") {
  const publish_guard guard;
  CHECK(status(guard, post("Origin: http://localhost:8080\r\n")) == 0);
  CHECK(status(guard, post("Origin: HTTP://LOCALHOST:8080\r\n")) == 0);
  for (const std::string origin :
       {"http://localhost", "http://localhost:8081", "http://evil.example",
        "http://localhost:8080.evil.example", "null", "*", "localhost:8080", ""}) {
    CAPTURE(origin);
    CHECK(status(guard, post("Origin: " + origin + "\r\n")) == 403);
  }
  CHECK(status(guard, post("Origin: http://localhost:8080\r\nOrigin: http://evil\r\n")) == 403);
}

TEST_CASE("without a token only a host that is a loopback address, or localhost, is asked") {
  const publish_guard guard;
  for (const std::string host :
       {"localhost", "LocalHost:80", "127.0.0.1", "127.8.9.10:8080", "[::1]", "[::1]:8080"}) {
    CAPTURE(host);
    CHECK(status(guard, post("Origin: http://" + host + "\r\n", "127.0.0.1", host)) == 0);
  }
  for (const std::string host :
       {"evil.example", "127.0.0.1.evil.example", "127.evil.example", "localhost.evil.example",
        "192.0.2.1", "[2001:db8::1]:8080", "0.0.0.0"}) {
    CAPTURE(host);
    CHECK(status(guard, post("Origin: http://" + host + "\r\n", "127.0.0.1", host)) == 403);
    CHECK(status(guard, post("", "127.0.0.1", host)) == 403);
  }
  publish_guard with_token;
  with_token.use_token("right");
  CHECK(status(with_token, post("Authorization: Bearer right\r\n", "127.0.0.1", "evil.example")) ==
        0);
}

TEST_CASE("with a token whoever brings it may publish, from anywhere, and nobody without") {
  publish_guard guard;
  guard.use_token("abc.DEF-123==");
  const auto with = [&](const std::string& credentials) {
    return status(guard, post("Authorization: " + credentials + "\r\n", "192.0.2.1"));
  };
  CHECK(with("Bearer abc.DEF-123==") == 0);
  CHECK(with("bearer abc.DEF-123==") == 0);
  CHECK(with("Bearer   abc.DEF-123==") == 0);
  CHECK(status(guard, post("X-Forwarded-For: 192.0.2.9\r\nOrigin: http://evil\r\n"
                           "Authorization: Bearer abc.DEF-123==\r\n")) == 0);
  for (const std::string wrong :
       {"Bearer abc.DEF-123=", "Bearer abc.DEF-123===", "Bearer Abc.DEF-123==", "Bearer ", "Bearer",
        "Bearer abc.DEF-123== x", "Bearerabc.DEF-123==", "Basic abc.DEF-123==", "abc.DEF-123=="}) {
    CAPTURE(wrong);
    CHECK(with(wrong) == 401);
  }
  CHECK(status(guard, post()) == 401);
  guard.use_token("another");
  CHECK(with("Bearer abc.DEF-123==") == 401);
  CHECK(with("Bearer another") == 0);
  guard.use_token("");
  CHECK(status(guard, post()) == 0);
}

TEST_CASE("a 401 names the scheme, says whether there was a token, and repeats none") {
  publish_guard guard;
  guard.use_token("right");
  const auto none = guard.refuse(post());
  REQUIRE(none);
  CHECK(none->headers.back() == header_field{"WWW-Authenticate", "Bearer"});
  const auto wrong = guard.refuse(post("Authorization: Bearer wr0ng\r\n"));
  REQUIRE(wrong);
  CHECK(wrong->headers.back() ==
        header_field{"WWW-Authenticate", "Bearer error=\"invalid_token\""});
  CHECK(wrong->body.find("wr0ng") == std::string::npos);
}

TEST_CASE("a token is the one line of its file") {
  CHECK(token_file{"abc123"}.read() == "abc123");
  CHECK(token_file{"abc123\n"}.read() == "abc123");
  CHECK(token_file{"a-._~+/Z9==\r\n"}.read() == "a-._~+/Z9==");
  CHECK(token_file{"a", 0640}.read() == "a"); // a service's group
  const std::string longest(publish_token_bytes_max, 'x');
  CHECK(token_file{longest + "\r\n"}.read() == longest);
}

TEST_CASE("a file that holds no token is refused, and what it holds is not said") {
  for (const std::string content :
       {"", "\n", "=", "two words", "two\nlines", "abc\n\n", "secret\t", "s\xC3\xA9"}) {
    const token_file file{content};
    const auto what = fault(file.name());
    CAPTURE(content, what);
    CHECK(what.starts_with("the token file \"" + file.name() + "\" holds no token: one is "));
    CHECK(what.find("secret") == std::string::npos);
  }
  const token_file file{std::string(publish_token_bytes_max + 1, 'x')};
  CHECK(fault(file.name()) == "the token file \"" + file.name() + "\" holds more than 1024 bytes");
}

TEST_CASE("a token's file is a file that not everybody can read or write") {
  for (const mode_t mode : {0604, 0602, 0644, 0666}) {
    const token_file file{"abc", mode};
    const auto what = fault(file.name());
    CAPTURE(mode, what);
    CHECK(what.find("is open to everybody on this machine") != std::string::npos);
    CHECK(what.ends_with("chmod o-rw"));
  }
  CHECK(fault("/no/such/file") ==
        "the token file \"/no/such/file\" cannot be read: No such file or directory");
  CHECK(fault("/").ends_with("\" is no file"));
  CHECK(fault("/dev/null").ends_with("\" is no file"));
}
