// A server with few places, and what shows that peers who came and went left none of them taken, and no
// memory.
#pragma once

#include "tests/net_end/end_support.hpp"

#include <malloc.h>
#include <vector>

namespace vaquero::testing {

inline constexpr std::size_t places = 64;

/// Two loops and so many places; nobody is waited for long.
inline server_options with_places() {
  auto options = one_loop();
  options.loops = 2;
  options.connections_max = places;
  options.http.close_timeout = 200ms;
  return options;
}

inline constexpr websocket_options impatient{.close_timeout = 200ms};

/// All places of the server are free again: each is taken by a connection that echoes, at "/". A socket
/// that it still counted would keep the last of these waiting for ever.
inline void check_all_places_free(test_server& server) {
  std::vector<raw_client> clients;
  for (std::size_t i = 0; i < places; ++i)
    clients.emplace_back(server.port(), "/", client_text("served"));
  for (auto& client : clients)
    CHECK(client.read_frame() == text_frame("served"));
}

/// Of what `visit` makes the server hold, nothing stays: after it has been called once, `times` more add
/// next to nothing. The server has with_places() and keeps no events of its connections.
template <class Visit>
void check_memory_is_back(test_server& server, int times, Visit visit) {
  const auto visit_and_count = [&](int count) {
    for (int i = 0; i < count; ++i)
      visit();
    check_all_places_free(server);
    return mallinfo2().uordblks;
  };
  const auto before = visit_and_count(1);
  const auto after = visit_and_count(times);
  CHECK(after < before + 100'000);
}

} // namespace vaquero::testing
