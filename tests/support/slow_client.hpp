// A connection whose client does not read, and its server's side, which does what the test says.
#pragma once

#include "net/connection.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <caf/scoped_actor.hpp>

#include <future>
#include <optional>

namespace vaquero::testing {

/// An obedient one that tells what it hears of its queue.
class queue_listener final : public reporter<order, queue_high, queue_low> {
 public:
  using reporter::reporter;

  using websocket_handler_base::meta;
  using websocket_handler_base::queue;
  using websocket_handler_base::reply;

  void websocket_info(const order& given) override { given.what(); }
  void websocket_info(const queue_high& now) override { tell("high " + in_words(now)); }
  void websocket_info(const queue_low& now) override { tell("low " + in_words(now)); }

  template <class State>
  static std::string in_words(const State& now) {
    return std::to_string(now.bytes) + " bytes, " + std::to_string(now.frames) + " frames";
  }
};

struct slow_client {
  explicit slow_client(websocket_options options) {
    server.route<queue_listener>("/", options, server.seen());
    server.start();
    client.emplace(server.port(), "/", "", 4096);
    connection = server.connection();
  }

  template <class Function>
  auto in(Function function) {
    return do_in(connection, function);
  }

  queue_state queue() {
    return in([] { return queue_listener::queue(); });
  }

  /// Returns when the kernel takes no more of a frame that is begun: 16 MiB, more than it ever takes.
  void block() {
    in([] { queue_listener::reply(huge()); });
    std::uint64_t bytes = 0;
    do
      bytes = queue().bytes; // all of it, until the first write
    while (bytes >= huge().size());
  }

  static const std::string& huge() {
    static const std::string bytes(16 << 20, 'x');
    return bytes;
  }

  test_server server;
  std::optional<raw_client> client;
  pid connection;
};

} // namespace vaquero::testing
