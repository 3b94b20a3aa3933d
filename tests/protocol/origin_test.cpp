// Which pages may connect, for each form that an entry of the list may have.
#include "net/websocket/origin.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace vaquero;

namespace {

bool allows(const std::vector<std::string>& entries, std::string_view origin,
            std::string_view authority = "server.example.org") {
  return origin_policy{entries}.allows(origin, authority);
}

} // namespace

TEST_CASE("origin: a client without one is allowed by every list") {
  CHECK(origin_policy{}.allows("", "example.org"));
  CHECK(allows({}, ""));
  CHECK(allows({"https://example.org"}, ""));
}

TEST_CASE("origin: by default the page's host is the request's own, with its port") {
  const origin_policy own;
  CHECK(own.allows("http://example.org", "example.org"));
  CHECK(own.allows("https://EXAMPLE.org", "example.ORG"));
  CHECK(own.allows("http://localhost:8080", "localhost:8080"));
  CHECK(own.allows("http://[::1]:8080", "[::1]:8080"));
  CHECK(own.allows("http://example.org", "example.org:80"));
  CHECK(own.allows("https://example.org:443", "example.org"));
  CHECK_FALSE(own.allows("http://example.org:8080", "example.org"));
  CHECK_FALSE(own.allows("http://localhost:3000", "localhost:8080"));
  CHECK_FALSE(own.allows("http://evil.org", "example.org"));
  CHECK_FALSE(own.allows("http://a.example.org", "example.org"));
  CHECK_FALSE(own.allows("http://example.org.evil.org", "example.org"));
  CHECK_FALSE(own.allows("http://a.example.org", ".example.org"));
  CHECK_FALSE(own.allows("http://", ""));
  CHECK_FALSE(own.allows("null", "null"));
  CHECK_FALSE(own.allows("example.org", "example.org"));
}

TEST_CASE("origin: an entry with a scheme names scheme, host and port") {
  const std::vector<std::string> list{"https://example.org"};
  CHECK(allows(list, "https://example.org"));
  CHECK(allows(list, "https://example.org:443"));
  CHECK_FALSE(allows(list, "http://example.org"));
  CHECK_FALSE(allows(list, "https://example.org:8443"));
  CHECK_FALSE(allows(list, "https://server.example.org")); // "self" is not in this list
  CHECK(allows({"https://example.org:8443"}, "https://example.org:8443"));
  CHECK(allows({"https://example.org:*"}, "https://example.org:8443"));
}

TEST_CASE("origin: an entry without a scheme takes any scheme, and any port unless it names one") {
  CHECK(allows({"example.org"}, "http://example.org"));
  CHECK(allows({"Example.org"}, "https://example.org:8443"));
  CHECK(allows({"example.org:81"}, "http://example.org:81"));
  CHECK_FALSE(allows({"example.org:81"}, "http://example.org"));
}

TEST_CASE("origin: a wildcard stands for the hosts below, and not for the host itself") {
  const std::vector<std::string> list{"https://*.example.org"};
  CHECK(allows(list, "https://a.example.org"));
  CHECK(allows(list, "https://a.b.example.org"));
  CHECK_FALSE(allows(list, "https://example.org"));
  CHECK_FALSE(allows(list, "https://evilexample.org"));
  CHECK_FALSE(allows(list, "https://.example.org"));
  CHECK_FALSE(allows(list, "http://a.example.org"));
}

TEST_CASE(
    "origin: \"*\" is any page, \"null\" one without an origin, \"self\" may stand among others") {
  CHECK(allows({"*"}, "http://anywhere"));
  CHECK(allows({"*"}, "null"));
  CHECK(allows({"null"}, "null"));
  CHECK_FALSE(allows({"null"}, "http://anywhere"));
  CHECK_FALSE(allows({}, "http://server.example.org"));
  CHECK(allows({"https://example.org", "self"}, "http://server.example.org"));
}

TEST_CASE("origin: an entry that is none is refused with what one looks like") {
  for (const char* entry : {"", "*.", "http://", "http:///", "://a", "http://a/b", "a b", "a:x",
                            "a:", "*example.org", "a.*.org", ".example.org", "http://u@a", "**"})
    CHECK_THROWS_WITH(origin_policy{std::vector<std::string>{entry}},
                      Catch::Contains("is no origin: one is \"self\""));
}
