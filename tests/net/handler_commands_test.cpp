// What a callback may command: in program order, in one write, and nothing after a close.
#include "net/connection.hpp"
#include "tests/support/bounded_socket.hpp"
#include "tests/support/send_counter.hpp"
#include "tests/support/test_server.hpp"
#include "tests/support/websocket_client.hpp"

#include <caf/scoped_actor.hpp>
#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace vaquero;
using namespace vaquero::testing;

namespace {

connection_info info_of(obedient_server& server, const pid& whom) {
  caf::scoped_actor self{server.system()};
  connection_info info{};
  self->request(whom, patience, connection_query{})
      .receive([&](const connection_info& is) { info = is; },
               [&](const caf::error& error) { FAIL(server.system().render(error)); });
  return info;
}

/// The command throws invalid_argument; true then.
template <class Command>
bool is_refused(Command command) {
  try {
    command();
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}

} // namespace

TEST_CASE("frames leave in the order of the commands", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  tell(server.connection(), [] {
    obedient::reply("one");
    obedient::send_data(obedient::self(), "two");
    obedient::reply("three", opcode::binary);
    obedient::send_data(obedient::self(), "four", opcode::ping);
    vaquero::send_data(obedient::self(), "five", opcode::pong);
    obedient::reply("", opcode::ping);
    obedient::reply("six");
    obedient::close(4321, "enough");
    obedient::reply("never");
    obedient::close(4322, "nor this");
  });
  for (auto* expected : {"text one", "text two", "binary three", "ping four", "pong five", "ping ",
                         "text six", "close 4321 enough"})
    CHECK(client.next() == expected);
  CHECK(server.event() == "terminate stop");
}

TEST_CASE("all frames of a callback leave in one write", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  info_of(server, connection); // so the 101 is written
  const auto before = writes_from_port(server.port());
  tell(connection, [] {
    for (int i = 0; i < 10; ++i)
      obedient::reply(std::to_string(i));
    obedient::reply("ping", opcode::ping);
    obedient::close();
  });
  for (int i = 0; i < 10; ++i)
    CHECK(client.next() == "text " + std::to_string(i));
  CHECK(client.next() == "ping ping");
  CHECK(client.next() == "close 1000");
  CHECK(writes_from_port(server.port()) - before == 1);
}

TEST_CASE("stop ends the connection after what precedes it", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  tell(server.connection(), [] {
    obedient::reply("last words");
    obedient::stop();
    obedient::reply("not heard");
  });
  CHECK(client.next() == "text last words");
  CHECK(client.next() == "close 1000");
  CHECK(server.event() == "terminate stop");
}

TEST_CASE("no message and no frame is handled after a close", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  latch begun;
  latch all_sent;
  tell(connection, [&] {
    begun.open();
    all_sent.wait();
    obedient::stop();
  });
  begun.wait();
  tell(connection, [&] { server.seen()->events.push("too late"); });
  client.text("too late as well");
  all_sent.open();
  CHECK(client.next() == "close 1000");
  CHECK(server.event() == "terminate stop");
  server.stop();
  CHECK(server.seen()->events.size() == 0);
}

TEST_CASE("what cannot be sent is refused", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  const std::string longest(125, 'x');
  tell(connection, [&] {
    auto& events = server.seen()->events;
    for (std::uint16_t code : {0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535})
      if (!is_refused([=] { obedient::close(code); })) events.push(std::to_string(code));
    for (auto type : {opcode::close, opcode::continuation, opcode{3}, opcode{15}})
      if (!is_refused([=] { obedient::reply("", type); })) events.push(to_string(type));
    for (auto type : {opcode::ping, opcode::pong})
      if (!is_refused([&] { obedient::reply(longest + "x", type); })) events.push("long");
    obedient::reply(longest, opcode::ping);
    obedient::reply("done");
    events.push("done");
  });
  CHECK(server.event() == "done");
  CHECK(client.next() == "ping " + longest);
  CHECK(client.next() == "text done");
  CHECK_THROWS_AS(vaquero::close(connection, 1005), std::invalid_argument);
  CHECK_THROWS_AS(vaquero::send_data(connection, "", opcode::close), std::invalid_argument);
  CHECK_THROWS_AS(vaquero::send_data(connection, longest + "x", opcode::pong),
                  std::invalid_argument);
}

TEST_CASE("a close reason that is too long is cut", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  tell(server.connection(), [] { obedient::close(1000, std::string(124, 'r')); });
  CHECK(client.next() == "close 1000 " + std::string(123, 'r'));
}

TEST_CASE("commands are for callbacks only", "[commands]") {
  CHECK_THROWS_AS(obedient::reply("x"), std::logic_error);
  CHECK_THROWS_AS(obedient::close(), std::logic_error);
  CHECK_THROWS_AS(obedient::active(false), std::logic_error);
  CHECK_THROWS_AS(obedient::set_options({}), std::logic_error);
  CHECK_THROWS_AS(obedient::shutdown_reason(1), std::logic_error);
  CHECK_THROWS_AS(obedient::hibernate(), std::logic_error);
}

TEST_CASE("while inactive, frames wait and messages arrive", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  tell(connection, [] { obedient::active(false); });
  info_of(server, connection);
  client.text("a");
  client.text("b");
  tell(connection, [] { obedient::reply("a message came"); });
  CHECK(client.next() == "text a message came");
  info_of(server, connection);
  CHECK(server.seen()->events.size() == 0);
  tell(connection, [] { obedient::active(true); });
  CHECK(server.event() == "frame a");
  CHECK(server.event() == "frame b");
}

TEST_CASE("an inactive connection notices a reset of its peer", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  tell(connection, [] { obedient::active(false); });
  info_of(server, connection);
  client.text("not read");
  client.reset();
  CHECK(server.event() == "terminate closed");
}

TEST_CASE("a shorter idle_timeout ends the connection", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  tell(server.connection(), [] { obedient::set_options({.idle_timeout = 100ms}); });
  CHECK(client.next() == "close 1000");
  CHECK(server.event() == "terminate timeout");
}

TEST_CASE("max_frame_size holds from the next frame on", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  tell(connection, [] { obedient::set_options({.max_frame_size = 4}); });
  info_of(server, connection);
  client.text("four");
  CHECK(server.event() == "frame four");
  client.text("fives");
  CHECK(client.next() == "close 1009");
  CHECK(server.event() == "terminate badsize");
}

TEST_CASE("a monitor sees the shutdown_reason", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  caf::scoped_actor observer{server.system()};
  observer->monitor(connection);
  tell(connection, [] { obedient::shutdown_reason(std::string{"gone fishing"}); });
  info_of(server, connection);
  client.close();
  observer->receive([](const caf::down_msg& end) {
    const exit_reason reason{end.reason};
    CHECK(reason.what() == exit_reason::kind::shutdown);
    CHECK(reason.term().get_as<std::string>(0) == "gone fishing");
  });
}

TEST_CASE("hibernate frees the buffers that a connection holds", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  caf::scoped_actor self{server.system()};
  latch all_sent; // so that one turn of the loop handles all of it
  std::vector<std::uint64_t> buffered;
  const auto query = [&] { return self->request(connection, patience, connection_query{}); };
  const auto note = [&](const connection_info& is) { buffered.push_back(is.buffered_bytes); };
  const auto fail = [&](const caf::error& error) { FAIL(server.system().render(error)); };
  tell(connection, [&] {
    all_sent.wait();
    obedient::reply(std::string(10'000, 'x'));
  });
  auto before = query();
  tell(connection, [] { obedient::hibernate(); });
  auto after = query();
  all_sent.open();
  before.receive(note, fail);
  after.receive(note, fail);
  CHECK(buffered.at(0) >= 10'000);
  CHECK(buffered.at(1) == 0);
  CHECK(client.next() == "text " + std::string(10'000, 'x'));
  client.text("awake");
  CHECK(server.event() == "frame awake");
}

TEST_CASE("connection_query tells what a connection is", "[commands]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  const auto info = info_of(server, connection);
  CHECK(info.id == connection.id());
  CHECK(info.route == "/");
  CHECK(info.handler == "vaquero::testing::obedient");
  CHECK(info.peer.starts_with("127.0.0.1:"));
  CHECK(info.queued_bytes == 0);
}
