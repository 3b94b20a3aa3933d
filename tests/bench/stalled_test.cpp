// What a server's kernel and ours hold for connections that do not read.
#include "bench/support/stalled_connections.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <sys/socket.h>

using namespace vaquero::bench;

namespace {

/// A listening socket; a client; and the server's end of it.
struct pair_of_ends {
  explicit pair_of_ends(int family) : listener(socket(family, SOCK_STREAM, 0)) {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_addr = {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 1}}};
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_four = family == AF_INET;
    const auto* any = is_four ? reinterpret_cast<const sockaddr*>(&four)
                              : reinterpret_cast<const sockaddr*>(&six);
    socklen_t size = is_four ? sizeof four : sizeof six;
    REQUIRE(bind(listener.get(), any, size) == 0);
    REQUIRE(listen(listener.get(), 1) == 0);
    size = sizeof six;
    REQUIRE(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&six), &size) == 0);
    address = four;
    address.sin_port = six.sin6_port; // at the same place in both
    clients.emplace_back(address, 0, receive_window::small);
    server = unique_fd(accept(listener.get(), nullptr, nullptr));
    REQUIRE(server.get() >= 0);
  }

  std::uint64_t fill() {
    const std::array<char, 4'096> bytes{};
    std::uint64_t sum = 0;
    for (ssize_t sent = 0; sent >= 0; sum += static_cast<std::uint64_t>(sent > 0 ? sent : 0))
      sent = ::send(server.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return sum;
  }

  unique_fd listener;
  sockaddr_in address{};
  std::vector<connection> clients;
  unique_fd server;
};

} // namespace

TEST_CASE("what the kernels hold of an unread connection is all that was sent", "[bench]") {
  for (const int family : {AF_INET, AF_INET6}) {
    CAPTURE(family);
    pair_of_ends ends(family);
    REQUIRE(held_by_kernels(ends.clients, ends.address).front() == 0u);
    const auto sent = ends.fill();
    REQUIRE(sent > 0);
    // While a segment is on its way both ends count it; on loopback that ends by itself.
    auto held = held_by_kernels(ends.clients, ends.address).front();
    while (held && *held > sent)
      held = held_by_kernels(ends.clients, ends.address).front();
    REQUIRE(held == sent);
  }
}

TEST_CASE("nothing is held for a connection that the server has begun to close", "[bench]") {
  pair_of_ends ends(AF_INET);
  ends.fill();
  REQUIRE(shutdown(ends.server.get(), SHUT_WR) == 0);
  REQUIRE_FALSE(held_by_kernels(ends.clients, ends.address).front());
}
