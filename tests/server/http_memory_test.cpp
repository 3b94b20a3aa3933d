// What requests hold counts against the node's budget, and over it they are refused.
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

constexpr std::size_t budget = 1 << 20;
constexpr std::size_t unreported = 64 * 1024; // what a loop may keep to itself

std::string post(std::string_view path, std::size_t length) {
  return "POST " + std::string{path} +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

/// A page "/a", and "/later", whose answers wait here.
struct tight_server : test_server {
  tight_server() : test_server{{.listen = "127.0.0.1:0", .loops = 1, .buffer_bytes_max = budget}} {
    route_page("/a", [](const request&) { return response::text(200, "a"); });
    route_slow_page("/later", [this](const request&, answer_later later) { waiting.push(later); });
    start();
  }
  ~tight_server() { stop(); }

  /// Returns when all that was sent before has been read.
  void catch_up() {
    raw_client client{port()};
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.read_status() == 200);
  }

  event_queue<answer_later> waiting;
};

} // namespace

TEST_CASE("bodies that do not end stay within the node's budget, and it is given back") {
  constexpr std::size_t part = 60'000; // less than a loop reads at once
  constexpr int clients = 50;
  tight_server server;
  std::vector<raw_client> all;
  for (int i = 0; i < clients; ++i) {
    all.emplace_back(server.port()).send(post("/a", part + 1) + std::string(part, 'x'));
    server.catch_up();
    REQUIRE(server.buffered_bytes() <= budget + unreported + 2 * part); // a buffer grows twofold
  }
  int refused = 0;
  for (auto& each : all) {
    each.try_send("x");
    const auto status = each.read_status();
    CHECK((status == 405 || status == 503)); // no page takes a POST
    refused += status == 503;
  }
  CHECK(refused > 0);
  CHECK(refused < clients);
  all.clear();
  server.catch_up();
  CHECK(server.buffered_bytes() <= 2 * unreported);
}

TEST_CASE("a body that the budget has no room for is a 503, and one that it has is read") {
  tight_server server;
  raw_client large{server.port()};
  large.send(post("/a", budget) + std::string(budget / 4, 'x'));
  server.catch_up();
  large.try_send(std::string(budget - budget / 4, 'x'));
  CHECK(large.read_status() == 503);
  raw_client small{server.port()};
  small.send(post("/a", budget / 4) + std::string(budget / 4, 'x'));
  CHECK(small.read_status() == 405);
}

TEST_CASE("a request that is answered later counts until it is") {
  constexpr std::size_t size = 300'000;
  tight_server server;
  raw_client client{server.port()};
  client.send("GET /later HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
              "\r\n\r\n" + std::string(size, 'x'));
  const auto later = server.waiting.pop();
  CHECK(server.buffered_bytes() >= size - unreported);
  later(response::text(200, "done"));
  CHECK(client.read_status() == 200);
  CHECK(server.buffered_bytes() <= unreported);
}
