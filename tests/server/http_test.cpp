// HTTP/1.1 as sockets see it: requests one after another and all at once, and each status that is refused
// with.
#include "handlers/echo.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;
using namespace vaquero::testing;
using namespace std::chrono_literals;

namespace {

std::string get(std::string_view path, std::string_view headers = {},
                std::string_view method = "GET") {
  return std::string{method} + " " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" +
         std::string{headers} + "\r\n";
}

struct answer {
  int status = 0;
  std::string head;
  std::string body;
};

answer read_answer(raw_client& client, bool has_body = true) {
  auto head = client.read_head();
  const int status = std::stoi(head.substr(9, 3));
  auto body = has_body ? client.read_body(head) : std::string{};
  return {status, std::move(head), std::move(body)};
}

/// Pages "/a", "/b" (later), "/big", and the handler "/echo".
class http_server : public server {
 public:
  explicit http_server(http_options http = {}, std::size_t buffer_bytes_max = 256 << 20)
      : server{{.listen = "127.0.0.1:0",
                .loops = 1,
                .buffer_bytes_max = buffer_bytes_max,
                .http = http}} {
    route_page("/a", [](const request&) { return response::text(200, "a"); });
    route_page("/big", [](const request&) { return response::text(200, big()); });
    route_slow_page("/b", [this](const request&, answer_later later) { waiting.push(later); });
    route<echo>("/echo");
    start();
  }
  ~http_server() { stop(); }

  static std::string big() { return std::string(3'000'000, 'x'); }
  std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoi(urls().at(0).substr(17)));
  }

  event_queue<answer_later> waiting;
};

/// The status that bytes are refused with, and that the server closes behind it.
int refused(const http_server& server, std::string_view bytes) {
  raw_client client{server.port()};
  client.send(bytes);
  const auto all = client.read_rest();
  CHECK_THAT(all, Catch::Contains("Connection: close\r\n"));
  CHECK(all.find("HTTP/1.1 200") == all.npos); // what follows is not looked at
  return std::stoi(all.substr(9, 3));
}

} // namespace

TEST_CASE("http: a socket carries one request after another") {
  http_server server;
  raw_client client{server.port()};
  for (int i = 0; i < 3; ++i) {
    client.send(get("/a"));
    const auto got = read_answer(client);
    CHECK((got.status == 200 && got.body == "a"));
    CHECK_THAT(got.head, Catch::Contains("Connection: keep-alive\r\n"));
    client.send(get("/nowhere"));
    CHECK(read_answer(client).status == 404);
  }
}

TEST_CASE("http: pipelined requests are answered in order, also where one is answered later") {
  http_server server;
  raw_client client{server.port()};
  client.send(get("/a") + get("/b") + get("/a", {}, "HEAD") + get("/big") + get("/b") + get("/a"));
  auto first = server.waiting.pop();
  CHECK(read_answer(client).body == "a"); // does not wait for the one behind it
  first(response::text(200, "one"));
  CHECK(read_answer(client).body == "one");
  CHECK(read_answer(client, false).status == 200);
  CHECK(read_answer(client).body == server.big());
  server.waiting.pop()(response::text(200, "two"));
  CHECK(read_answer(client).body == "two");
  CHECK(read_answer(client).body == "a");
}

TEST_CASE("http: a late answer leaves, though those before it have left already") {
  http_server server;
  raw_client client{server.port()};
  client.send(get("/a") + get("/b") + get("/a"));
  CHECK(read_answer(client).body == "a");
  server.waiting.pop()(response::text(200, "one"));
  CHECK(read_answer(client).body == "one");
  CHECK(read_answer(client).body == "a");
}

TEST_CASE("http: a client that has shut its sending side gets the whole answer") {
  http_server server;
  raw_client client{server.port(), 4096};
  std::string all;
  for (int i = 0; i < 10; ++i) // more than a kernel takes
    all += get("/big", i < 9 ? "" : "Connection: close\r\n");
  client.send(all);
  client.shut_down_writing();
  for (int i = 0; i < 10; ++i)
    CHECK(read_answer(client).body == server.big());
}

TEST_CASE("http: a thousand pipelined requests that nobody reads the answers of are all answered") {
  http_server server;
  raw_client client{server.port()};
  std::string many;
  for (int i = 0; i < 1'000; ++i)
    many += get("/a");
  client.send(many);
  for (int i = 0; i < 1'000; ++i)
    REQUIRE(read_answer(client).body == "a");
}

TEST_CASE("http: an upgrade may follow requests, in the same segment, with frames behind it") {
  http_server server;
  raw_client client{server.port()};
  client.send(get("/a") + upgrade_request("/echo") + client_text("early"));
  CHECK(read_answer(client).body == "a");
  CHECK(read_answer(client, false).status == 101);
  CHECK(client.read_frame() == text_frame("early"));
}

TEST_CASE("http: the socket is closed when the client asks for it, and for HTTP/1.0") {
  http_server server;
  for (const auto& asked :
       {get("/a", "Connection: close\r\n"), std::string{"GET /a HTTP/1.0\r\n\r\n"}}) {
    raw_client client{server.port()};
    client.send(asked + get("/a"));
    const auto all = client.read_rest();
    CHECK(all.ends_with("\r\n\r\na"));
    CHECK(all.find("HTTP/1.1 200", 1) == all.npos);
  }
}

TEST_CASE("http: requests_max requests are answered on a socket, and not one more") {
  http_server server{{.requests_max = 2}};
  raw_client client{server.port()};
  client.send(get("/a") + get("/a") + get("/a"));
  CHECK_THAT(read_answer(client).head, Catch::Contains("keep-alive"));
  CHECK_THAT(read_answer(client).head, Catch::Contains("Connection: close"));
  CHECK(client.read_rest().empty());
}

TEST_CASE("http: a request with two readings is a 400, and what follows is not looked at") {
  http_server server;
  const std::string behind = get("/a");
  for (const char* headers : {
           "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
           "Content-Length: 3\r\nContent-Length: 3\r\n",
           "Content-Length: 3, 3\r\n",
           "Content-Length: +3\r\n",
           "Content-Length: -3\r\n",
           "Content-Length: 0x3\r\n",
           "Content-Length : 3\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding : chunked\r\n",
           "X: a\r\n folded\r\n",
           "X: a\n",
           "X: a\rb\r\n",
           "Host: b\r\n",
           " X: a\r\n",
       }) {
    CAPTURE(headers);
    CHECK(refused(server, get("/a", headers, "POST") + "0\r\n\r\n" + behind) == 400);
  }
  CHECK(refused(server, "GET /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
  CHECK(refused(server, get("/a", "Transfer-Encoding: chunked\r\n") + "3\nabc\n0\n\n") == 400);
}

TEST_CASE("http: what is wrong with a request has its status") {
  http_server server;
  CHECK(refused(server, "\x16\x03\x01") == 400);
  CHECK(refused(server, get("/a", "X: " + std::string(5'000, 'x') + "\r\n")) == 431);
  CHECK(refused(server, get("/" + std::string(9'000, 'x'))) == 414);
  CHECK(refused(server, get("/a", "Content-Length: 1048577\r\n", "POST")) == 413);
  CHECK(refused(server, get("/a", "Transfer-Encoding: gzip\r\n")) == 501);
  CHECK(refused(server, "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
  CHECK(refused(server, get("/a", {}, "TRACE")) == 501);
  CHECK(refused(server, "GET /a HTTP/2.0\r\nHost: a\r\n\r\n") == 505);
  CHECK(refused(server, "GET /a HTTP/1.1\r\n\r\n") == 400);
}

TEST_CASE("http: a request line that is none is refused at once, before the headers") {
  http_server server;
  for (auto [line, status] : {std::pair{"GET\r\n", 400},
                              {"GET /a\r\n", 400},
                              {"GET  /a HTTP/1.1\r\n", 400},
                              {"GET /a HTTP/1.1 \r\n", 400},
                              {"GET /a HTTX/1.1\r\n", 400},
                              {"GET a HTTP/1.1\r\n", 400},
                              {"GET /%zz HTTP/1.1\r\n", 400},
                              {"GET /%00 HTTP/1.1\r\n", 400},
                              {"GET /a HTTP/3.0\r\n", 505}}) {
    CAPTURE(line);
    CHECK(refused(server, line) == status);
  }
}

TEST_CASE(
    "http: a method that pages do not have is a 405 with those they have, and the next is read") {
  http_server server;
  raw_client client{server.port()};
  client.send(get("/a", "Content-Length: 4\r\n", "POST") + "GET " + get("/a"));
  const auto got = read_answer(client);
  CHECK(got.status == 405);
  CHECK_THAT(got.head, Catch::Contains("Allow: GET, HEAD\r\n"));
  CHECK(read_answer(client).body == "a");
}

TEST_CASE("http: who expects a 100 gets it before the body is sent, and once") {
  http_server server;
  raw_client client{server.port()};
  for (auto [length, body] : {std::pair{"Content-Length: 4\r\n", "body"},
                              {"Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\n\r\n"}}) {
    client.send(get("/a", std::string{length} + "Expect: 100-Continue\r\n", "POST"));
    CHECK(client.read_head() == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send(std::string_view{body}.substr(0, 2));
    client.send(std::string_view{body}.substr(2));
    CHECK(read_answer(client).status == 405);
  }
}

TEST_CASE("http: no 100 is sent to who does not wait for it") {
  http_server server;
  raw_client client{server.port()};
  const std::string expect = "Expect: 100-continue\r\n";
  client.send(get("/a", "Content-Length: 4\r\n" + expect, "POST") + "body");
  CHECK(read_answer(client).status == 405);
  client.send(get("/a", "Content-Length: 0\r\n" + expect, "POST"));
  CHECK(read_answer(client).status == 405);
  client.send(get("/a", expect));
  CHECK(read_answer(client).body == "a");
  client.send("POST /a HTTP/1.0\r\nContent-Length: 4\r\n" + expect + "\r\n");
  client.send("body");
  CHECK(client.read_rest().starts_with("HTTP/1.1 405"));
}

TEST_CASE("http: an expectation that is not met is a 417, and a body too large is no 100") {
  http_server server;
  CHECK(refused(server, get("/a", "Expect: coffee\r\n")) == 417);
  CHECK(refused(server, get("/a", "Expect: coffee\r\nContent-Length: 4\r\n", "POST")) == 417);
  CHECK(refused(server, get("/a", "Expect: 100-continue\r\nContent-Length: 1048577\r\n", "POST")) ==
        413);
}

TEST_CASE("http: a plain GET of a handler is a 426 with what it needs, and the next is read") {
  http_server server;
  raw_client client{server.port()};
  client.send(get("/echo") + get("/a"));
  const auto got = read_answer(client);
  CHECK(got.status == 426);
  CHECK_THAT(got.head, Catch::Contains("Upgrade: websocket\r\n"));
  CHECK_THAT(got.head, Catch::Contains("Connection: upgrade, keep-alive\r\n"));
  CHECK(read_answer(client).body == "a");
}

TEST_CASE("http: other methods of a handler are a 405 with GET, and the next is read") {
  http_server server;
  raw_client client{server.port()};
  client.send(get("/echo", {}, "HEAD"));
  CHECK(read_answer(client, false).status == 426);
  client.send(get("/echo", "Content-Length: 2\r\n", "POST") + "{}" + get("/a"));
  const auto got = read_answer(client);
  CHECK(got.status == 405);
  CHECK_THAT(got.head, Catch::Contains("Allow: GET\r\n"));
  CHECK(read_answer(client).body == "a");
}

TEST_CASE("http: a handshake that fails ends the socket, and frames behind it are no requests") {
  http_server server;
  raw_client client{server.port()};
  client.send(upgrade_request("/echo", "99") + get("/a"));
  const auto all = client.read_rest();
  CHECK_THAT(all, Catch::StartsWith("HTTP/1.1 426") &&
                      Catch::Contains("Sec-WebSocket-Version: 13, 8, 7\r\n"));
  CHECK(all.find("HTTP/1.1 200") == all.npos);
}

TEST_CASE("http: a request that does not come in time is a 408, however its bytes trickle") {
  http_server server{{.request_timeout = 1ms}};
  raw_client client{server.port()};
  client.send("G");
  CHECK(client.read_status() == 408);
  raw_client silent{server.port()};
  CHECK(silent.read_rest().empty()); // nobody waits for an answer
  raw_client again{server.port()};
  again.send(get("/a") + "G");
  CHECK(read_answer(again).body == "a");
  CHECK(again.read_status() == 408);
}

TEST_CASE("http: a body has body_timeout, whatever its head had") {
  http_server server{{.request_timeout = 500ms}};
  raw_client client{server.port()};
  client.send(get("/a", "Content-Length: 4\r\n", "POST") + "bo");
  raw_client silent{server.port()};
  CHECK(silent.read_rest().empty()); // whose request_timeout began later
  client.send("dy" + get("/a"));
  CHECK(read_answer(client).status == 405);
  CHECK(read_answer(client).body == "a");
}

TEST_CASE("http: a body that does not come in body_timeout is a 408") {
  http_server server{{.request_timeout = infinity, .body_timeout = 1ms}};
  for (auto [length, part] :
       {std::pair{"Content-Length: 4\r\n", "bod"}, {"Transfer-Encoding: chunked\r\n", "4\r\nb"}}) {
    raw_client client{server.port()};
    client.send(get("/a", length, "POST") + part);
    CHECK(client.read_status() == 408);
  }
}

TEST_CASE("http: a page that takes too long is a 503, and its answer later is dropped") {
  http_server server{{.answer_timeout = 1ms}};
  raw_client client{server.port()};
  client.send(get("/b") + get("/a"));
  CHECK(read_answer(client).status == 503);
  server.waiting.pop()(response::text(200, "too late"));
  CHECK(read_answer(client).body == "a");
}

TEST_CASE("http: an answer arrives though the loop has slept longer than request_timeout") {
  http_server server{{.request_timeout = 1ms}};
  raw_client client{server.port()};
  client.send(get("/b"));
  auto answer = server.waiting.pop();
  http_server clock{{.request_timeout = 500ms}};
  CHECK(raw_client{clock.port()}.read_rest().empty()); // so half a second has passed
  answer(response::text(200, "at last"));
  CHECK(read_answer(client).body == "at last");
}

TEST_CASE("http: a client that resets in mid-request or before its answer leaves nothing") {
  http_server server;
  raw_client half{server.port()};
  half.send("GET /a HTTP/1.1\r\nHo");
  half.reset();
  raw_client asking{server.port()};
  asking.send(get("/b"));
  auto later = server.waiting.pop();
  asking.reset();
  later(response::text(200, "to nobody"));
  raw_client next{server.port()};
  next.send(get("/a"));
  CHECK(read_answer(next).body == "a");
}

TEST_CASE("http: a client that takes nothing of its answer is reset after send_timeout") {
  http_server server{{.send_timeout = 1ms}};
  raw_client client{server.port(), 1'024};
  std::string many;
  for (int i = 0; i < 10; ++i)
    many += get("/big");
  client.send(many);
  CHECK(client.wait_for_reset());
}
