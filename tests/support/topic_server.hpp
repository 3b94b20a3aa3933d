// A server whose connections do what the test says, and tell what they hear of topics.
#pragma once

#include "net/connection.hpp"
#include "net/data_publication.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <caf/scoped_actor.hpp>

#include <future>

namespace vaquero::testing {

/// A message of the tests' own.
struct shout {
  std::string text;
};

/// Tells the messages that it gets. Blocking: its callbacks run on the pool.
template <bool Blocking>
class listener_of_topics : public reporter<order, shout, published_data, down> {
 public:
  static constexpr bool is_blocking = Blocking;

  using reporter::reporter;

  void websocket_handle(const frame& in) override { publish_data("from client", in.text()); }
  void websocket_info(const order& given) override { given.what(); }
  void websocket_info(const down&) override { tell("down"); }
  void websocket_info(const shout& heard) override { tell("shout " + heard.text); }
  void websocket_info(const published_data& got) override {
    tell(got.topic + " " + got.data + " " + to_string(got.type) + " " + got.key);
  }
};

/// What a handler may call, for the orders of a test.
struct topic_verbs : websocket_handler_base {
  using websocket_handler_base::close;
  using websocket_handler_base::queue;
  using websocket_handler_base::reply;
};

inline server_options options_of_topics(const topic_options& topics) {
  return {.listen = "127.0.0.1:0", .loops = 2, .topics = topics};
}

/// One client and its connection.
struct topic_client {
  raw_client client;
  pid connection;

  std::string read() { return client.read_frame().payload; }

  template <class Function>
  auto in(Function function) {
    return do_in(connection, function);
  }
};

/// Two loops, so that connections lie on one and the other in turn.
class topic_server : public test_server {
 public:
  explicit topic_server(const websocket_options& options = {}, const topic_options& topics = {})
      : test_server(options_of_topics(topics)) {
    route<listener_of_topics<false>>("/", options, seen());
    route<listener_of_topics<true>>("/blocking", options, seen());
    start();
  }

  topic_client connect(std::string_view path = "/", int receive_buffer = 0) {
    raw_client client{port(), path, "", receive_buffer};
    return {std::move(client), connection()};
  }
  /// Subscribed straight to this.
  topic_client subscriber(const std::string& filter, int receive_buffer = 0) {
    auto made = connect("/", receive_buffer);
    made.in([&] { subscribe(filter); });
    return made;
  }
};

} // namespace vaquero::testing
