#include "net/websocket/handshake.hpp"
#include "tests/protocol/http_support.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <catch2/catch.hpp>

using namespace vaquero;
namespace http = boost::beast::http;

namespace {

/// RFC 6455 section 1.3, as a list of lines that a test can replace or drop.
struct client {
  std::string request_line = "GET /chat HTTP/1.1";
  std::vector<header_field> headers = {{"Host", "server.example.com"},
                                       {"Upgrade", "websocket"},
                                       {"Connection", "Upgrade"},
                                       {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                       {"Sec-WebSocket-Version", "13"}};

  client& set(const std::string& name, const std::string& value) {
    return drop(name).add(name, value);
  }
  client& add(const std::string& name, const std::string& value) {
    headers.push_back({name, value});
    return *this;
  }
  client& drop(const std::string& name) {
    std::erase_if(headers, [&](const header_field& header) { return header.name == name; });
    return *this;
  }
  client& line(const std::string& text) { return request_line = text, *this; }

  std::string bytes() const {
    auto out = request_line + "\r\n";
    for (const auto& [name, value] : headers)
      out += name + ": " + value + "\r\n";
    return out + "\r\n";
  }
  request read() const { return test::request_of(bytes()); }
};

bool accepted(const client& from) {
  auto in = from.read();
  return std::holds_alternative<upgrade_offer>(check_upgrade(in));
}

response refusal(const client& from) {
  auto in = from.read();
  auto result = check_upgrade(in);
  REQUIRE(std::holds_alternative<response>(result));
  return std::get<response>(std::move(result));
}

std::string header_of(const response& out, std::string_view name) {
  for (const auto& header : out.headers)
    if (header.name == name) return header.value;
  return "(none)";
}

http::response<http::empty_body> reparse(const std::string& bytes) {
  http::response_parser<http::empty_body> parser;
  boost::beast::error_code error;
  auto used = parser.put(boost::asio::buffer(bytes), error);
  REQUIRE(error == boost::beast::error_code{});
  REQUIRE(used == bytes.size());
  REQUIRE(parser.is_done());
  return parser.release();
}

} // namespace

TEST_CASE("handshake: the accept key of the RFC's own example", "[handshake]") {
  CHECK(accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(accept_key("x3JJHMbDL1EzLkh9GBhXDw==") == "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
  CHECK_THROWS_AS(accept_key("x3JJHMbDL1EzLkh9GBhXDw="), std::invalid_argument);
}

TEST_CASE("handshake: the RFC's example request is accepted", "[handshake]") {
  auto in = client{}.read();
  auto result = check_upgrade(in);
  const auto& offer = std::get<upgrade_offer>(result);
  CHECK(offer.version == 13);
  CHECK(offer.key == "dGhlIHNhbXBsZSBub25jZQ==");
  CHECK(offer.subprotocols.empty());
  CHECK(offer.extensions.empty());
  CHECK(offer.origin.empty());
}

TEST_CASE("handshake: what a browser offers is read", "[handshake]") {
  auto in = client{}
                .add("Origin", "http://example.com")
                .add("sec-websocket-protocol", "chat, superchat ,, v1.x")
                .add("Sec-WebSocket-Protocol", "last")
                .add("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
                .add("Sec-WebSocket-Extensions", "x")
                .read();
  auto result = check_upgrade(in);
  auto moved = std::move(in); // the views must not mind
  const auto& offer = std::get<upgrade_offer>(result);
  CHECK(offer.origin == "http://example.com");
  CHECK(offer.subprotocols == std::vector<std::string_view>{"chat", "superchat", "v1.x", "last"});
  CHECK(offer.extensions == "permessage-deflate; client_max_window_bits, x");
}

TEST_CASE("handshake: tokens are found in lists, in any case and in any header", "[handshake]") {
  CHECK(accepted(client{}.set("Connection", "keep-alive, UPGRADE")));
  CHECK(accepted(client{}.set("Connection", "keep-alive").add("Connection", "upgrade")));
  CHECK(accepted(client{}.set("Upgrade", "WebSocket")));
  CHECK(accepted(client{}.set("Upgrade", "h2c , websocket")));
  CHECK(accepted(client{}.line("GET ws://server.example.com/chat HTTP/1.1")));
}

TEST_CASE("handshake: versions 7, 8 and 13 are spoken, with the origin where each has it",
          "[handshake]") {
  for (int version : {7, 8, 13}) {
    CAPTURE(version);
    auto in = client{}
                  .set("Sec-WebSocket-Version", std::to_string(version))
                  .add("Origin", "http://new")
                  .add("Sec-WebSocket-Origin", "http://old")
                  .read();
    auto result = check_upgrade(in);
    const auto& offer = std::get<upgrade_offer>(result);
    CHECK(offer.version == version);
    CHECK(offer.origin == (version == 13 ? "http://new" : "http://old"));
  }
}

TEST_CASE("handshake: an origin under the other versions' name counts as well", "[handshake]") {
  for (auto [version, name] : {std::pair{"8", "Origin"}, {"13", "Sec-WebSocket-Origin"}}) {
    auto in = client{}.set("Sec-WebSocket-Version", version).add(name, "http://page").read();
    auto result = check_upgrade(in);
    CHECK(std::get<upgrade_offer>(result).origin == "http://page");
  }
}

TEST_CASE("handshake: of a list the first that the client offers is chosen", "[handshake]") {
  const auto choice = [](const std::string& offered, const std::vector<std::string>& list) {
    auto asking = client{};
    if (!offered.empty()) asking.add("Sec-WebSocket-Protocol", offered);
    auto in = asking.read();
    auto offer = std::get<upgrade_offer>(check_upgrade(in));
    if (!choose_subprotocol(offer, list)) return std::string{"refused"};
    std::string out;
    append_switching_protocols(out, offer);
    auto at = out.find("Sec-WebSocket-Protocol: ");
    return at == out.npos ? "none" : out.substr(at + 24, out.find('\r', at) - at - 24);
  };
  CHECK(choice("b, a", {"a", "b"}) == "a");
  CHECK(choice("x, b", {"a", "b"}) == "b");
  CHECK(choice("x, A", {"a"}) == "refused"); // names of subprotocols are compared as they are
  CHECK(choice("", {"a"}) == "none");
  CHECK(choice("x", {}) == "none");
}

TEST_CASE("handshake: a handler's own choice comes before the route's", "[handshake]") {
  auto in = client{}.add("Sec-WebSocket-Protocol", "a, b").read();
  auto offer = std::get<upgrade_offer>(check_upgrade(in));
  REQUIRE(choose_subprotocol(offer, std::vector<std::string>{"a"}));
  for (const bool as_header : {false, true}) {
    std::string out;
    if (as_header)
      append_switching_protocols(out, offer, {},
                                 std::vector<header_field>{{"Sec-WebSocket-Protocol", "b"}});
    else
      append_switching_protocols(out, offer, "b");
    CHECK(out.find("Protocol: b\r\n") != out.npos);
    CHECK(out.find("Protocol: a") == out.npos);
  }
}

TEST_CASE("handshake: another version gets a 426 that lists ours", "[handshake]") {
  for (std::string version : {"12", "14", "0", "255", "013", "+13", "13, 8", "thirteen", ""}) {
    CAPTURE(version);
    auto out = refusal(client{}.set("Sec-WebSocket-Version", version));
    CHECK(out.status == 426);
    CHECK(header_of(out, "Sec-WebSocket-Version") == "13, 8, 7");
  }
}

TEST_CASE("handshake: a request without Upgrade gets a 426 that asks for one", "[handshake]") {
  auto out = refusal(client{}.drop("Upgrade"));
  CHECK(out.status == 426);
  CHECK(header_of(out, "Upgrade") == "websocket");
  CHECK(header_of(out, "Connection") == "upgrade");
  CHECK(header_of(out, "Sec-WebSocket-Version") == "(none)");
  CHECK(refusal(client{}.drop("Upgrade").line("HEAD /chat HTTP/1.1")).status == 426);
  CHECK(refusal(client{}.drop("Upgrade").line("GET /chat HTTP/1.0")).status == 426);
}

TEST_CASE("handshake: another method without Upgrade gets a 405 with GET", "[handshake]") {
  for (const char* method : {"POST", "PUT", "OPTIONS", "get"}) {
    auto out = refusal(client{}.drop("Upgrade").line(std::string{method} + " /chat HTTP/1.1"));
    CAPTURE(method);
    CHECK(out.status == 405);
    CHECK(header_of(out, "Allow") == "GET");
  }
}

TEST_CASE("handshake: every other mistake gets a 400 that says what is wrong", "[handshake]") {
  const std::string key = "Sec-WebSocket-Key";
  for (const client& wrong : {
           client{}.line("POST /chat HTTP/1.1"),
           client{}.line("get /chat HTTP/1.1"),
           client{}.line("GET /chat HTTP/1.0"),
           client{}.drop("Connection"),
           client{}.set("Connection", "keep-alive"),
           client{}.set("Connection", "upgraded"),
           client{}.set("Upgrade", "h2c"),
           client{}.set("Upgrade", "websocket2"),
           client{}.drop("Sec-WebSocket-Version"),
           client{}.add("Sec-WebSocket-Version", "8"),
           client{}.drop(key),
           client{}.add(key, "AAAAAAAAAAAAAAAAAAAAAA=="),
           client{}.add("Origin", "http://a").add("Origin", "http://b"),
           client{}.add("Sec-WebSocket-Protocol", "a b"),
           client{}.add("Sec-WebSocket-Protocol", "a;b, c"),
           client{}.add("Sec-WebSocket-Protocol", ", ,"),
           client{}.add("Sec-WebSocket-Protocol", "a, b, a"),
           client{}.add("Sec-WebSocket-Protocol", "a").add("Sec-WebSocket-Protocol", "b, a"),
           client{}.add("Sec-WebSocket-Extensions", ""),
           client{}.add("Sec-WebSocket-Extensions", "a; b="),
           client{}.add("Sec-WebSocket-Extensions", "a").add("Sec-WebSocket-Extensions", "b c"),
       }) {
    CAPTURE(wrong.bytes());
    auto out = refusal(wrong);
    CHECK(out.status == 400);
    CHECK(out.body.size() > 10);
    CHECK(out.body.ends_with('\n'));
  }
}

TEST_CASE("handshake: a key is base64 of sixteen bytes and nothing else", "[handshake]") {
  auto with_key = [](const std::string& text) { return client{}.set("Sec-WebSocket-Key", text); };
  CHECK(accepted(with_key("AAAAAAAAAAAAAAAAAAAAAA==")));
  CHECK(accepted(with_key("/+/+/+/+/+/+/+/+/+/+/w==")));
  for (std::string text :
       {"", "AAAA", "AAAAAAAAAAAAAAAAAAAA", // 15 bytes
        "AAAAAAAAAAAAAAAAAAAAAAA=",         // 17 bytes
        "AAAAAAAAAAAAAAAAAAAAAAAA",         // 18 bytes
        "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAB==", // bits beyond the 16th byte
        "AAAAAAAAAAAAAAAAAAAA_-==", "AAAAAAAAAA=AAAAAAAAAAA==", "AAAAAAAAAAAA AAAAAAAAA=="}) {
    CAPTURE(text);
    CHECK(refusal(with_key(text)).status == 400);
  }
}

TEST_CASE("handshake: refusals are responses that another parser reads", "[handshake]") {
  auto bytes = serialise(refusal(client{}.set("Sec-WebSocket-Version", "99")), false);
  CHECK(bytes.starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
  CHECK(bytes.find("Connection: upgrade, close\r\n") != std::string::npos);
}

TEST_CASE("handshake: the 101 is one that another library would accept", "[handshake]") {
  auto in = client{}.add("Sec-WebSocket-Protocol", "chat, superchat").read();
  auto result = check_upgrade(in);
  const auto& offer = std::get<upgrade_offer>(result);
  std::string out = "before";
  std::vector<header_field> extra{{"Set-Cookie", "a=b"}};
  append_switching_protocols(out, offer, "superchat", extra, "permessage-deflate");
  REQUIRE(out.starts_with("before"));
  auto back = reparse(out.substr(6));
  CHECK(back.result_int() == 101);
  CHECK(back["Upgrade"] == "websocket");
  CHECK(back["Connection"] == "Upgrade");
  CHECK(back["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(back["Sec-WebSocket-Protocol"] == "superchat");
  CHECK(back["Sec-WebSocket-Extensions"] == "permessage-deflate");
  CHECK(back["Set-Cookie"] == "a=b");
}

TEST_CASE("handshake: without subprotocol and extra headers the 101 is the RFC's", "[handshake]") {
  auto in = client{}.read();
  auto result = check_upgrade(in);
  std::string out;
  append_switching_protocols(out, std::get<upgrade_offer>(result));
  CHECK(out == "HTTP/1.1 101 Switching Protocols\r\n"
               "Connection: Upgrade\r\n"
               "Upgrade: websocket\r\n"
               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST_CASE("handshake: what would break the 101 is refused and leaves nothing behind",
          "[handshake]") {
  auto in = client{}.add("Sec-WebSocket-Protocol", "chat").read();
  auto result = check_upgrade(in);
  const auto& offer = std::get<upgrade_offer>(result);
  std::string out;
  for (const header_field& bad : std::vector<header_field>{{"Connection", "close"},
                                                           {"UPGRADE", "h2c"},
                                                           {"sec-websocket-accept", "x"},
                                                           {"Sec-WebSocket-Extensions", "x"},
                                                           {"Content-Length", "0"},
                                                           {"Transfer-Encoding", "chunked"},
                                                           {"Sec-WebSocket-Protocol", "other"},
                                                           {"X", "a\r\nY: b"},
                                                           {"X\n", "a"},
                                                           {"", "a"}}) {
    CAPTURE(bad.name, bad.value);
    CHECK_THROWS_AS(append_switching_protocols(out, offer, {}, {&bad, 1}), std::invalid_argument);
  }
  header_field protocol{"Sec-WebSocket-Protocol", "chat"};
  CHECK_NOTHROW(append_switching_protocols(out, offer, {}, {&protocol, 1}));
  out.clear();
  CHECK_THROWS_AS(append_switching_protocols(out, offer, "chat", {&protocol, 1}),
                  std::invalid_argument);
  CHECK_THROWS_AS(append_switching_protocols(out, offer, "not offered"), std::invalid_argument);
  CHECK(out.empty());
}
