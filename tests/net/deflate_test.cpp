// Compressed messages on the wire, with a client that is zlib and bytes.
#include "net/connection.hpp"
#include "tests/support/deflate_streams.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <caf/scoped_actor.hpp>
#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace vaquero;
using namespace vaquero::testing;

namespace {

/// Echoes, and does what it is told.
class echoing : public obedient {
 public:
  using obedient::deflate;
  using obedient::obedient;
  void websocket_handle(const frame& in) override {
    if (in.is_text() || in.is_binary()) reply(in.payload(), in.type());
  }
};

class blocking_echo final : public echoing {
 public:
  static constexpr bool is_blocking = true;
  using echoing::echoing;
};

class choosing final : public echoing {
 public:
  using echoing::echoing;
  upgrade init(const request&) override {
    return accept({.options = websocket_options{.compress = true}});
  }
};

const websocket_options shared{.compress = true, .compress_min_size = 0};
const websocket_options own{
    .compress = true,
    .compress_min_size = 0,
    .deflate = {.server_context_takeover = true, .client_context_takeover = true}};

websocket_options limited(std::uint64_t max_frame_size) {
  auto options = shared;
  options.max_frame_size = max_frame_size;
  return options;
}

template <class Handler = echoing>
struct deflate_server : test_server {
  explicit deflate_server(const websocket_options& options = shared) {
    route<Handler>("/", options, seen());
    start();
  }

  connection_info info_of(const pid& whom) {
    caf::scoped_actor self{system()};
    connection_info info{};
    self->request(whom, patience, connection_query{})
        .receive([&](const connection_info& is) { info = is; },
                 [&](const caf::error& error) { FAIL(system().render(error)); });
    return info;
  }
};

std::string rsv1_frame(int op, std::string payload, bool fin = true) {
  return raw_frame{.op = op, .fin = fin, .rsv = 4, .payload = std::move(payload)}.bytes();
}

const std::string greeting = "Hello, Hello, Hello, Hello";
const std::string browser_offer = "permessage-deflate; client_max_window_bits";

class deflate_client : public raw_client {
 public:
  explicit deflate_client(std::uint16_t port, const std::string& offer = browser_offer)
      : raw_client(port) {
    auto request = upgrade_request("/");
    request.insert(request.size() - 2, "Sec-WebSocket-Extensions: " + offer + "\r\n");
    send(request);
    const auto head = read_head();
    const std::string name = "\r\nSec-WebSocket-Extensions: ";
    if (const auto at = head.find(name); at != std::string::npos)
      answer = head.substr(at + name.size(), head.find('\r', at + 2) - at - name.size());
  }

  /// Sends it compressed, without context of earlier messages.
  void text(std::string_view message) {
    peer_deflater fresh;
    send(rsv1_frame(1, fresh.message(message)));
  }

  /// The next message, which must be compressed, and without context of earlier ones.
  std::string next() {
    peer_inflater fresh;
    const auto frame = read_frame();
    REQUIRE(frame.rsv1);
    return fresh.message(frame.payload);
  }

  std::string answer;
};

/// What the server closes with after these bytes.
int close_code_after(const websocket_options& options, std::string_view bytes,
                     const std::string& offer = browser_offer) {
  deflate_server server{options};
  deflate_client client{server.port(), offer};
  client.send(bytes);
  const auto last = client.read_frame();
  if (last.op != 8 || last.payload.size() < 2) return 0;
  return static_cast<unsigned char>(last.payload[0]) << 8 |
         static_cast<unsigned char>(last.payload[1]);
}

} // namespace

TEST_CASE("compression that a loop shares takes over no context", "[deflate]") {
  deflate_server server;
  deflate_client client{server.port()};
  CHECK(client.answer ==
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  for (int round = 0; round < 3; ++round) {
    client.text(greeting);
    CHECK(client.next() == greeting);
  }
}

TEST_CASE("a connection agrees on compression only if route and client want it", "[deflate]") {
  deflate_server wants;
  deflate_client other{wants.port(), "permessage-bzip2"};
  CHECK(other.answer.empty());
  deflate_server plain{websocket_options{}};
  deflate_client client{plain.port()};
  CHECK(client.answer.empty());
  for (auto* each : {&other, &client}) {
    each->send(client_text("plain"));
    CHECK(each->read_frame() == text_frame("plain"));
  }
  CHECK(close_code_after({}, rsv1_frame(1, "\x00")) == 1002);
  CHECK(close_code_after(shared, rsv1_frame(1, "\x00"), "permessage-bzip2") == 1002);
}

TEST_CASE("init may accept a connection with compression", "[deflate]") {
  deflate_server<choosing> server{websocket_options{}};
  deflate_client client{server.port()};
  CHECK_FALSE(client.answer.empty());
  const std::string message(1000, 'x');
  client.text(message);
  CHECK(client.next() == message);
}

TEST_CASE("contexts of a connection's own refer to earlier messages, both ways", "[deflate]") {
  deflate_server server{own};
  deflate_client client{server.port()};
  CHECK(client.answer == "permessage-deflate");
  peer_deflater to;
  peer_inflater from;
  const auto message = random_bytes(1000);
  for (int round = 0; round < 5; ++round) {
    const auto payload = to.message(message);
    CHECK((payload.size() < 100) == (round > 0));
    client.send(rsv1_frame(2, payload));
    const auto frame = client.read_frame();
    CHECK((frame.payload.size() < 100) == (round > 0));
    CHECK(from.message(frame.payload) == message);
  }
}

TEST_CASE("a client whose client_no_context_takeover is declined may do either", "[deflate]") {
  deflate_server server{own};
  deflate_client client{server.port(), "permessage-deflate; client_no_context_takeover"};
  CHECK(client.answer == "permessage-deflate");
  peer_deflater to;
  peer_inflater from;
  for (int round = 0; round < 9; ++round) {
    if (round % 3 == 0) to.forget();
    client.send(rsv1_frame(1, to.message("the same words, the same words")));
    CHECK(from.message(client.read_frame().payload) == "the same words, the same words");
  }
}

TEST_CASE("a window that the client asks for is kept", "[deflate]") {
  for (const auto& options : {shared, own})
    for (int bits = 8; bits <= 15; ++bits) {
      deflate_server server{options};
      const auto parameter = "; server_max_window_bits=" + std::to_string(bits);
      deflate_client client{server.port(), "permessage-deflate" + parameter};
      CAPTURE(bits, client.answer);
      CHECK(client.answer.ends_with(parameter));
      peer_inflater from(bits);
      for (int round = 0; round < 3; ++round) {
        const auto message = repetitive_text(70'000, 40'000);
        client.text(message);
        if (options == shared) from.forget();
        REQUIRE(from.message(client.read_frame().payload) == message);
      }
    }
}

TEST_CASE("x-webkit-deflate-frame is spoken", "[deflate]") {
  deflate_server server{own};
  deflate_client client{server.port(), "x-webkit-deflate-frame"};
  CHECK(client.answer == "x-webkit-deflate-frame");
  peer_deflater to;
  peer_inflater from;
  for (int round = 0; round < 3; ++round) {
    client.send(rsv1_frame(1, to.message(greeting)));
    CHECK(from.message(client.read_frame().payload) == greeting);
  }
}

TEST_CASE("plain messages and control frames go between compressed ones", "[deflate]") {
  deflate_server server;
  deflate_client client{server.port()};
  const auto payload = peer_deflater{}.message("in three fragments, in three fragments");
  client.send(client_text("plain") + rsv1_frame(1, payload.substr(0, 5), false) +
              client_frame(9, "ping") + client_frame(0, "", false) +
              client_frame(0, payload.substr(5)));
  CHECK(client.read_frame() == text_frame("plain")); // too short to gain anything
  CHECK(client.read_frame() == server_frame{10, true, "ping"});
  CHECK(client.next() == "in three fragments, in three fragments");
}

TEST_CASE("a compressed session may be cut at every byte", "[deflate]") {
  deflate_server server{own};
  deflate_client client{server.port()};
  peer_deflater to;
  peer_inflater from;
  const auto once = to.message("once and again"), again = to.message("once and again");
  client.send_bytewise(rsv1_frame(1, once) + rsv1_frame(1, again.substr(0, 2), false) +
                       client_frame(0, again.substr(2)) + rsv1_frame(2, to.message("two")));
  for (auto expected : {"once and again", "once and again", "two"})
    CHECK(from.message(client.read_frame().payload) == expected);
}

TEST_CASE("RSV1 elsewhere than on a message's first frame breaks the protocol", "[deflate]") {
  CHECK(close_code_after(shared, rsv1_frame(9, "")) == 1002);
  CHECK(close_code_after(shared, rsv1_frame(8, "")) == 1002);
  CHECK(close_code_after(shared, rsv1_frame(1, "\x00", false) + rsv1_frame(0, "\x00")) == 1002);
  CHECK(close_code_after(shared, client_frame(1, "x", false) + rsv1_frame(0, "x")) == 1002);
  CHECK(close_code_after(shared, raw_frame{.op = 1, .rsv = 2}.bytes()) == 1002);
  CHECK(close_code_after(shared, raw_frame{.op = 1, .rsv = 5}.bytes()) == 1002);
}

TEST_CASE("what cannot be decompressed breaks the protocol", "[deflate]") {
  for (const auto& options : {shared, own}) {
    CHECK(close_code_after(options, rsv1_frame(1, "no deflate")) == 1002);
    const auto payload = peer_deflater{}.message("Hello");
    CHECK(close_code_after(options, rsv1_frame(1, payload.substr(0, 3))) == 1002);
  }
}

TEST_CASE("an error of one connection harms no other's shared stream", "[deflate]") {
  deflate_server server;
  std::vector<deflate_client> good, bad; // on both loops
  for (int i = 0; i < 4; ++i) {
    good.emplace_back(server.port());
    bad.emplace_back(server.port());
  }
  for (auto& each : bad) {
    each.send(rsv1_frame(1, "no deflate"));
    CHECK(each.read_frame() == close_frame(1002));
  }
  for (auto& each : good) {
    each.text(greeting);
    CHECK(each.next() == greeting);
  }
}

TEST_CASE("a compressed text must be UTF-8, a binary need not", "[deflate]") {
  const auto bad = peer_deflater{}.message(greeting + "\xFF");
  CHECK(close_code_after(shared, rsv1_frame(1, bad)) == 1007);
  deflate_server server;
  deflate_client client{server.port()};
  client.send(rsv1_frame(2, bad));
  CHECK(client.next() == greeting + "\xFF");
  auto unchecked = shared;
  unchecked.validate_utf8 = false;
  deflate_server lax{unchecked};
  deflate_client other{lax.port()};
  other.send(rsv1_frame(1, bad));
  CHECK(other.next() == greeting + "\xFF");
}

TEST_CASE("max_frame_size bounds what was inflated", "[deflate]") {
  deflate_server server{limited(1000)};
  deflate_client client{server.port()};
  client.text(std::string(1000, 'x'));
  CHECK(client.next() == std::string(1000, 'x'));
  client.text(std::string(1001, 'x'));
  CHECK(client.read_frame() == close_frame(1009));
  CHECK(server.event() == "terminate badsize");
}

TEST_CASE("a deflate bomb is closed with 1009, and the next is served", "[deflate]") {
  const auto bomb = peer_deflater{}.message(std::string(200'000'000, '\0'));
  REQUIRE(bomb.size() < 1'000'000);
  for (const auto& options : {shared, own})
    CHECK(close_code_after(options, rsv1_frame(2, bomb)) == 1009);
  deflate_server server;
  deflate_client first{server.port()}, second{server.port()};
  first.send(rsv1_frame(2, bomb));
  CHECK(first.read_frame() == close_frame(1009));
  second.text(greeting);
  CHECK(second.next() == greeting);
}

TEST_CASE("a message is compressed from compress_min_size on", "[deflate]") {
  websocket_options options{.compress = true};
  deflate_server server{options};
  deflate_client client{server.port()};
  const std::string longest(options.compress_min_size - 1, 'x');
  client.text(longest);
  CHECK(client.read_frame() == text_frame(longest));
  client.text(longest + "x");
  CHECK(client.next() == longest + "x");
}

TEST_CASE("what compressing makes no shorter is sent as it is", "[deflate]") {
  deflate_server server;
  deflate_client client{server.port()};
  const auto noise = random_bytes(5000);
  client.send(rsv1_frame(2, peer_deflater{}.message(noise)));
  CHECK(client.read_frame() == server_frame{2, true, noise});
  client.send(client_text(""));
  CHECK(client.read_frame() == text_frame(""));
}

TEST_CASE("deflate(false) leaves what follows uncompressed, until deflate(true)", "[deflate]") {
  for (const auto& options : {shared, own}) {
    deflate_server server{options};
    deflate_client client{server.port()};
    const auto self = server.connection();
    peer_inflater from;
    const std::string message(200, 'x');
    const auto tell = [&](std::function<void()> what) { send(self, order{std::move(what)}); };
    tell([=] {
      echoing::reply(message);
      echoing::deflate(false);
      echoing::reply(message);
    });
    tell([=] {
      echoing::reply(message);
      echoing::deflate(true);
      echoing::reply(message);
    });
    if (options == shared) {
      CHECK(client.next() == message);
      CHECK(client.read_frame() == text_frame(message));
      CHECK(client.read_frame() == text_frame(message));
      CHECK(client.next() == message);
    } else {
      CHECK(from.message(client.read_frame().payload) == message);
      CHECK(client.read_frame() == text_frame(message));
      CHECK(client.read_frame() == text_frame(message));
      CHECK(from.message(client.read_frame().payload) == message);
    }
  }
}

TEST_CASE("what other actors send is compressed as well", "[deflate]") {
  deflate_server server;
  deflate_client client{server.port()};
  const auto self = server.connection();
  const std::string message(200, 'x');
  send_data(self, message);
  CHECK(client.next() == message);
  send_data(self, std::string(125, 'p'), opcode::ping); // control frames never are
  CHECK(client.read_frame() == server_frame{9, true, std::string(125, 'p')});
}

TEST_CASE("a blocking handler gets and sends compressed messages", "[deflate]") {
  deflate_server<blocking_echo> server{own};
  deflate_client client{server.port()};
  peer_deflater to;
  peer_inflater from;
  for (int round = 0; round < 5; ++round) {
    client.send(rsv1_frame(1, to.message(greeting)));
    CHECK(from.message(client.read_frame().payload) == greeting);
  }
}

TEST_CASE("an idle connection holds buffers only for contexts of its own", "[deflate]") {
  for (const auto& options : {shared, own}) {
    deflate_server server{options};
    deflate_client client{server.port()};
    const auto self = server.connection();
    client.text(greeting);
    client.read_frame();
    const auto held = server.info_of(self).buffered_bytes;
    // zlib's figures for a window of 15 bits: 256 KiB to compress, 39 KiB to decompress.
    if (options == shared)
      CHECK(held == 0);
    else
      CHECK((held > 290'000 && held < 320'000));
  }
}
