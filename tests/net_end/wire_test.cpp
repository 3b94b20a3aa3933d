// RFC 6455 as a client meets it on the socket: what is accepted, and what ends the connection.
#include "tests/net_end/end_support.hpp"

using namespace vaquero;
using namespace vaquero::testing;

namespace {

struct open_echo {
  open_echo() {
    server.serve<recorded_echo>("/");
    server.start();
  }
  test_server server;
};

const raw_client::ending eof = raw_client::ending::eof;

} // namespace

TEST_CASE("the close codes that a client may send are accepted and echoed") {
  open_echo s;
  for (int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000,
                   3999, 4000, 4999}) {
    INFO(code);
    raw_client client{s.server.port(), "/"};
    client.send(client_close(code, "because"));
    CHECK(client.read_frame() == close_frame(code));
    CHECK(client.read_end() == eof);
    const auto why = s.server.ended();
    CHECK(why.what == kind::remote_code);
    CHECK(why.code == code);
    CHECK(why.payload == "because");
  }
}

TEST_CASE("the close codes that a client may not send are answered with 1002") {
  open_echo s;
  for (int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    INFO(code);
    raw_client client{s.server.port(), "/"};
    client.send(client_close(code, "because"));
    CHECK(client.read_frame() == close_frame(1002));
    CHECK(client.read_end() == eof);
    CHECK(s.server.ended().what == kind::badframe);
  }
}

TEST_CASE("a close frame of one byte is answered with 1002") {
  open_echo s;
  raw_client client{s.server.port(), "/"};
  client.send(client_frame(8, "x"));
  CHECK(client.read_frame() == close_frame(1002));
}

TEST_CASE("fragments are put together, and control frames between them are served at once") {
  open_echo s;
  raw_client client{s.server.port(), "/"};
  client.send(client_frame(1, "a ", false) + client_frame(9, "between") +
              client_frame(0, "whole ", false));
  CHECK(client.read_frame() == server_frame{10, true, "between"});
  client.send(client_frame(10, "unasked") + client_frame(0, "", false) +
              client_frame(0, "message"));
  CHECK(client.read_frame() == text_frame("a whole message"));
  client.send(client_frame(2, "", false) + client_frame(0, ""));
  CHECK(client.read_frame() == server_frame{2, true, ""});
  client.send(client_frame(1, "cut off by ", false) + client_close(1000));
  CHECK(client.read_frame() == close_frame(1000));
}

TEST_CASE("the versions 7, 8 and 13 are spoken, others are answered with a 426") {
  open_echo s;
  for (const char* version : {"7", "8", "13"}) {
    INFO(version);
    raw_client client{s.server.port()};
    client.send(upgrade_request("/", version));
    CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
    client.send(client_text("hello"));
    CHECK(client.read_frame() == text_frame("hello"));
  }
  for (const char* version : {"0", "6", "9", "12", "14", "013", "13, 8", "x"}) {
    INFO(version);
    raw_client client{s.server.port()};
    client.send(upgrade_request("/", version));
    const auto head = client.read_head();
    CHECK(head.starts_with("HTTP/1.1 426 "));
    CHECK(head.find("\r\nSec-WebSocket-Version: 13, 8, 7\r\n") != std::string::npos);
  }
}

TEST_CASE("frames in the segment of the request are handled") {
  open_echo s;
  raw_client client{s.server.port(), "/", client_text("early") + client_frame(9, "bird")};
  CHECK(client.read_frame() == text_frame("early"));
  CHECK(client.read_frame() == server_frame{10, true, "bird"});
  raw_client cut{s.server.port(), "/", client_text("in two").substr(0, 5)};
  cut.send(client_text("in two").substr(5));
  CHECK(cut.read_frame() == text_frame("in two"));
  raw_client leaving{s.server.port(), "/", client_text("all at once") + client_close(1001)};
  CHECK(leaving.read_frame() == text_frame("all at once"));
  CHECK(leaving.read_frame() == close_frame(1001));
  CHECK(leaving.read_end() == eof);
}

TEST_CASE("frames in the segment of a request wait for an answer that is deferred") {
  struct go {};
  class deferring final : public recorded<go> {
   public:
    using recorded::recorded;
    upgrade init(const request&) override {
      told().opened.push(self());
      return defer(60s);
    }
    void websocket_init() override {}
    void websocket_info(const go&) override { accept(); }
  };
  test_server server;
  server.serve<deferring>("/");
  server.start();
  raw_client client{server.port()};
  client.send(upgrade_request("/") + client_text("early"));
  vaquero::send(server.opened(), go{});
  CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
  CHECK(client.read_frame() == text_frame("early"));
}

TEST_CASE("a session cut into single bytes works") {
  open_echo s;
  raw_client client{s.server.port()};
  client.send_bytewise(upgrade_request("/"));
  CHECK(client.read_head().starts_with("HTTP/1.1 101 "));
  client.send_bytewise(client_text("h\xC3\xA4ll\xC3\xB6") + client_frame(9, "?") +
                       client_frame(2, std::string(300, 'x'), false) + client_frame(0, "y"));
  CHECK(client.read_frame() == text_frame("h\xC3\xA4ll\xC3\xB6"));
  CHECK(client.read_frame() == server_frame{10, true, "?"});
  CHECK(client.read_frame() == server_frame{2, true, std::string(300, 'x') + "y"});
  client.send_bytewise(client_close(1000, "done"));
  CHECK(client.read_frame() == close_frame(1000));
  CHECK(client.read_end() == eof);
}
