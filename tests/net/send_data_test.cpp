// Data for a browser, sent from everywhere: threads, CAF's own actors, other connections, other nodes.
#include "tests/support/test_server.hpp"
#include "tests/support/websocket_client.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <thread>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

constexpr int messages_per_sender = 10'000;

/// Sends "NAME 0", "NAME 1" ... to a connection.
void send_series(const pid& to, const std::string& name) {
  for (int i = 0; i < messages_per_sender; ++i)
    send_data(to, name + " " + std::to_string(i));
}

/// Reads what these senders send, each in its order.
void check_series(websocket_client& client, std::vector<std::string> names) {
  std::map<std::string, int> expected;
  for (auto& name : names)
    expected[name] = 0;
  for (auto left = names.size() * messages_per_sender; left > 0; --left) {
    const auto said = client.next(); // "text NAME NUMBER"
    const auto space = said.rfind(' ');
    const auto name = said.substr(5, space - 5);
    REQUIRE(expected.contains(name));
    REQUIRE(said.substr(space + 1) == std::to_string(expected[name]++));
  }
}

/// A room for what 20,000 messages need, so that a slow reader is no reason to close.
constexpr websocket_options roomy{.queue_bytes_max = 64 << 20, .queue_frames_max = 1 << 20};

struct roomy_server : test_server {
  void serve() {
    route<obedient>("/", roomy, seen());
    start();
  }
};

/// A class: CAF dereferences a null pointer to spawn a function without arguments.
struct series_sender : caf::event_based_actor {
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[](const pid& to, const std::string& name) { send_series(to, name); }};
  }
};

/// Another node, in this program.
struct other_node {
  struct config : caf::actor_system_config {
    config() {
      load<caf::io::middleman>();
      add_messages<outgoing_data, close_request>(*this);
    }
  };
  config settings;
  caf::actor_system system{settings};

  pid reach(caf::actor_system& from, const pid& what) {
    auto port = from.middleman().publish(what, 0, "127.0.0.1");
    REQUIRE(port);
    auto proxy = system.middleman().remote_actor("127.0.0.1", *port);
    REQUIRE(proxy);
    return *proxy;
  }
};

} // namespace

TEST_CASE("two threads send to one browser, each in order", "[send_data]") {
  roomy_server server;
  server.serve();
  websocket_client client{server.port()};
  const auto connection = server.connection();
  std::thread one{[=] { send_series(connection, "one"); }};
  std::thread two{[=] { send_series(connection, "two"); }};
  check_series(client, {"one", "two"});
  one.join();
  two.join();
}

TEST_CASE("a plain CAF actor and a connection send to one browser, each in order", "[send_data]") {
  roomy_server server;
  server.serve();
  websocket_client client{server.port()};
  const auto connection = server.connection();
  websocket_client other_client{server.port()};
  const auto other = server.connection();
  auto sender = server.system().spawn<series_sender>();
  caf::anon_send(sender, connection, std::string{"actor"});
  send(other, order{[connection] { send_series(connection, "connection"); }});
  check_series(client, {"actor", "connection"});
}

TEST_CASE("another node sends to a browser, each sender in order", "[send_data][network]") {
  roomy_server server;
  server.config().load<caf::io::middleman>();
  server.serve();
  websocket_client client{server.port()};
  const auto connection = server.connection();
  {
    other_node node;
    const auto proxy = node.reach(server.system(), connection);
    std::thread one{[=] { send_series(proxy, "one"); }};
    auto two = node.system.spawn<series_sender>();
    caf::anon_send(two, proxy, std::string{"two"});
    check_series(client, {"one", "two"});
    one.join();
    send_data(proxy, "bytes", opcode::binary);
    vaquero::close(proxy, 4000, "from afar");
  }
  CHECK(client.next() == "binary bytes");
  CHECK(client.next() == "close 4000 from afar");
  CHECK(server.event() == "terminate stop");
}

TEST_CASE("another node monitors a connection", "[send_data][network]") {
  test_server server;
  server.config().load<caf::io::middleman>();
  server.reports<obedient>("/");
  server.start();
  websocket_client client{server.port()};
  other_node node;
  const auto proxy = node.reach(server.system(), server.connection());
  caf::scoped_actor observer{node.system};
  observer->monitor(proxy);
  // What follows the other node's interest on the wire tells that it has arrived.
  send_data(proxy, "are you there?");
  CHECK(client.next() == "text are you there?");
  CHECK(client.close() == "close 1000");
  observer->receive([&](const caf::down_msg& end) {
    CHECK(end.source == proxy.address());
    CHECK(exit_reason{end.reason}.what() == exit_reason::kind::normal);
  });
}

TEST_CASE("sending to a connection that is gone does nothing", "[send_data]") {
  test_server server;
  server.reports<obedient>("/");
  server.start();
  pid connection;
  {
    websocket_client client{server.port()};
    connection = server.connection();
    CHECK(client.close() == "close 1000");
    CHECK(server.event() == "terminate remote 1000 \"\"");
  }
  send_data(connection, "is anybody there?");
  vaquero::close(connection, 4000);
  send_data(pid{}, "nor here");
  vaquero::close(pid{});
  websocket_client client{server.port()};
  send(server.connection(), order{[connection] {
         obedient::send_data(connection, "still nobody");
         obedient::reply("but here");
       }});
  CHECK(client.next() == "text but here");
}

TEST_CASE("a kick comes after what the same sender sent before", "[send_data]") {
  test_server server;
  server.reports<obedient>("/");
  server.start();
  websocket_client client{server.port()};
  const auto connection = server.connection();
  send_data(connection, "one");
  send_data(connection, "two", opcode::binary);
  vaquero::close(connection, 4001, "kicked");
  send_data(connection, "three");
  for (auto* expected : {"text one", "binary two", "close 4001 kicked"})
    CHECK(client.next() == expected);
  CHECK(server.event() == "terminate stop");
}

TEST_CASE("many connections send to each other", "[send_data]") {
  constexpr int count = 20;
  test_server server;
  server.reports<obedient>("/");
  server.start();
  std::vector<websocket_client> clients;
  std::vector<pid> connections;
  for (int i = 0; i < count; ++i) {
    clients.emplace_back(server.port());
    connections.push_back(server.connection());
  }
  for (int i = 0; i < count; ++i)
    send(connections[i], order{[connections, i] {
           for (auto& to : connections)
             obedient::send_data(to, std::to_string(i));
         }});
  for (auto& client : clients) {
    std::set<std::string> heard;
    for (int i = 0; i < count; ++i)
      heard.insert(client.next());
    CHECK(heard.size() == count);
  }
}
