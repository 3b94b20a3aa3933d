#include "bench/support/echo_load.hpp"
#include "bench/support/fanout_load.hpp"
#include "bench/support/options.hpp"
#include "bench/support/peers.hpp"

#include <catch2/catch.hpp>

#include <functional>

using namespace vaquero::bench;

namespace {

constexpr std::uint32_t key = 0x9E3779B9;
constexpr auto patience = std::chrono::seconds(100);

/// Runs `body` against each peer, as the benchmark programs start it.
void each_peer(bool deflate, const std::function<void(running_server&, const deadline&)>& body) {
  common_options options;
  options.peers = true;
  options.deflate = deflate;
  options.skipped = {product_name};
  const deadline limit(patience);
  const std::vector<server_spec> peers = chosen_servers(options);
  REQUIRE(peers.size() == 5);
  for (const server_spec& spec : peers) {
    INFO("the peer " << spec.name);
    running_server server(spec, {}, {}, limit);
    body(server, limit);
    server.check_alive();
  }
}

std::vector<connection> opened(running_server& server, const char* path, std::size_t count,
                               const deadline& limit) {
  std::vector<connection> connections;
  open_connections(connections, server.address(), path, count, limit);
  return connections;
}

void send(connection& to, frame_type type, std::string_view payload) {
  std::string bytes;
  append_masked(bytes, type, payload, key);
  to.send(bytes);
}

/// In as many frames as there are parts.
void send_fragments(connection& to, const std::vector<std::string>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string bytes;
    append_masked(bytes, frame_type::text, parts[i], key);
    constexpr char final_bit = '\x80', text = '\x01';
    bytes[0] = static_cast<char>((i + 1 == parts.size() ? final_bit : 0) | (i == 0 ? text : 0));
    to.send(bytes);
    if (i == 0) send(to, frame_type::ping, "between two frames");
  }
}

/// Waits for one frame, a control frame too, and compares the whole of it.
void expect(connection& from, frame_type type, std::string_view payload, const deadline& limit) {
  std::optional<server_frame> frame;
  while (!(frame = parse_frame(from.unread()))) {
    if (from.ended()) FAIL("the peer closed the connection");
    limit.check("a frame");
    from.flush();
    from.receive();
  }
  REQUIRE(static_cast<int>(frame->type) == static_cast<int>(type));
  REQUIRE(frame->payload == payload);
  from.consume(frame->size);
}

} // namespace

TEST_CASE("each peer echoes text and binary messages, and fragmented ones", "[bench][peers]") {
  each_peer(false, [](running_server& server, const deadline& limit) {
    std::vector<connection> connections = opened(server, "/echo", 1, limit);
    connection& socket = connections.front();
    for (std::size_t size : {0u, 1u, 125u, 126u, 4'000u})
      for (frame_type type : {frame_type::text, frame_type::binary}) {
        const std::string payload(size, 'v');
        send(socket, type, payload);
        expect(socket, type, payload, limit);
      }
    send_fragments(socket, {"in ", "three ", "parts"});
    expect(socket, frame_type::pong, "between two frames", limit);
    expect(socket, frame_type::text, "in three parts", limit);
  });
}

TEST_CASE("each peer answers a close with the code that it got, and ends", "[bench][peers]") {
  each_peer(false, [](running_server& server, const deadline& limit) {
    std::vector<connection> connections = opened(server, "/echo", 1, limit);
    connection& socket = connections.front();
    constexpr std::string_view going_away{"\x03\xE9", 2};
    send(socket, frame_type::close, going_away);
    expect(socket, frame_type::close, going_away, limit);
    while (!socket.ended()) {
      limit.check("the end of the connection");
      socket.receive();
    }
  });
}

TEST_CASE("each peer delivers to all of a topic, the publisher too, and to no other",
          "[bench][peers]") {
  each_peer(false, [](running_server& server, const deadline& limit) {
    std::vector<connection> ours = opened(server, "/topic/ours", 4, limit);
    std::vector<connection> others = opened(server, "/topic/others", 1, limit);
    send(ours.front(), frame_type::text, "to four");
    for (connection& each : ours)
      expect(each, frame_type::text, "to four", limit);
    send_fragments(ours.front(), {"in two ", "parts"});
    for (connection& each : ours) {
      if (&each == &ours.front()) expect(each, frame_type::pong, "between two frames", limit);
      expect(each, frame_type::text, "in two parts", limit);
    }
    std::vector<connection> leaving;
    leaving.push_back(std::move(ours.back()));
    ours.pop_back();
    close_connections(leaving, limit);
    send(ours.back(), frame_type::binary, std::string(128, 'b'));
    for (connection& each : ours)
      expect(each, frame_type::binary, std::string(128, 'b'), limit);
    // What it gets first is its own: nothing of the other topic went to it.
    send(others.front(), frame_type::text, "to one");
    expect(others.front(), frame_type::text, "to one", limit);
  });
}

TEST_CASE("each peer refuses another path", "[bench][peers]") {
  each_peer(false, [](running_server& server, const deadline& limit) {
    REQUIRE_THROWS_AS(opened(server, "/elsewhere", 1, limit), protocol_failure);
  });
}

TEST_CASE("each peer compresses both ways when it is told to", "[bench][peers]") {
  each_peer(true, [](running_server& server, const deadline& limit) {
    std::vector<connection> connections;
    open_connections(connections, server.address(), "/echo/deflate", 2, limit, true);
    echo_client(connections, limit)
        .run({.size = 1'024, .depth = 2, .deflate = true}, {.rounds = 2});
  });
}

TEST_CASE("a fan-out is verified byte by byte, and every round has its latency", "[bench]") {
  common_options options; // Beast alone
  options.skipped = {product_name};
  const deadline limit(patience);
  running_server server(chosen_servers(options).front(), {}, {}, limit);
  std::vector<connection> readers = opened(server, "/topic/bench", 20, limit);
  fanout_client client(readers, limit);
  REQUIRE(client.run({.size = 128, .batch = 1}, {.rounds = 3}) == 3 * 20);
  REQUIRE(client.run({.size = 1, .batch = 8}, {.rounds = 2}) == 2 * 8 * 20);
  REQUIRE(client.latencies().size() == 2);
  std::vector<connection> intruder = opened(server, "/topic/bench", 1, limit);
  send(intruder.front(), frame_type::text, "nobody expects this");
  expect(intruder.front(), frame_type::text, "nobody expects this", limit);
  REQUIRE_THROWS_AS(client.run({.size = 128, .batch = 1}, {.rounds = 1}), protocol_failure);
}

TEST_CASE("percentiles: the nearest rank", "[bench]") {
  REQUIRE(percentile({}, 0.5) == 0);
  REQUIRE(percentile({7}, 0.99) == 7);
  std::vector<double> hundred;
  for (int i = 100; i >= 1; --i)
    hundred.push_back(i);
  REQUIRE(percentile(hundred, 0.5) == 50);
  REQUIRE(percentile(hundred, 0.99) == 99);
  REQUIRE(percentile(hundred, 1) == 100);
}

TEST_CASE("servers are chosen by name, and a name that there is not is refused", "[bench]") {
  auto names = [](const common_options& options) {
    std::vector<std::string> all;
    for (const server_spec& each : chosen_servers(options))
      all.push_back(each.name);
    return all;
  };
  common_options options;
  options.skipped = {product_name};
  REQUIRE(names(options) == std::vector<std::string>{"beast"});
  options.extra_servers = {"other=run it"};
  REQUIRE(names(options) == std::vector<std::string>{"beast", "other"});
  options.skipped = {product_name, "beast", "other"};
  REQUIRE_THROWS_WITH(names(options), Catch::Contains("no server is left"));
  options.skipped = {"baest"};
  REQUIRE_THROWS_WITH(names(options), Catch::Contains("there are vaquero, beast, other"));
}

TEST_CASE("a server that is not there is refused with what to do about it", "[bench]") {
  REQUIRE_NOTHROW(require_there({"some", {}, {"/proc/self/exe", "sh"}}));
  REQUIRE_THROWS_WITH(require_there({"some", {}, {"no-such-program"}}),
                      Catch::Contains("bench/setup") && Catch::Contains("--skip some"));
  REQUIRE_THROWS_WITH(require_there({product_name, {}, {"/no/such/file"}}),
                      Catch::Contains("/no/such/file") && Catch::Contains("build it"));
}
