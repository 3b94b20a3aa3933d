// Connections as processes: links, monitors, exit signals, to and from CAF's own actors.
#include "tests/support/test_server.hpp"
#include "tests/support/websocket_client.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <set>

using namespace std::chrono_literals;
using namespace vaquero;
using namespace vaquero::testing;

namespace {

/// Tells it and waits until it has been done.
void have_done(const pid& whom, const std::function<void()>& what) {
  latch done;
  tell(whom, [&] {
    what();
    done.open();
  });
  done.wait();
}

/// How the connection ends, as a monitor of CAF's sees it.
exit_reason end_of(caf::scoped_actor& observer) {
  exit_reason why;
  observer->receive([&](const caf::down_msg& end) { why = exit_reason{end.reason}; });
  return why;
}

/// A CAF actor that ends as it is told: true for a crash. A class: CAF dereferences a null pointer to
/// spawn a function without arguments.
struct mortal : caf::event_based_actor {
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[this](bool with_a_crash) {
      if (with_a_crash) throw std::runtime_error{"the other crashed"};
      quit(caf::exit_reason::user_shutdown);
    }};
  }
};

/// Traps exits and tells what it gets.
class trapping : public reporter<exit_signal, down, order> {
 public:
  using reporter::reporter;
  void websocket_init() override { trap_exit(true); }
  void websocket_info(const exit_signal& signal) override {
    tell("exit_signal " + to_string(signal.reason));
  }
  void websocket_info(const down& end) override { tell("down " + to_string(end.reason)); }
  void websocket_info(const order& given) override { given.what(); }
};

} // namespace

TEST_CASE("a CAF actor monitors connections", "[signals]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  caf::scoped_actor observer{server.system()};
  observer->monitor(connection);
  SECTION("normal after a normal close") {
    client.close();
    CHECK(end_of(observer).what() == exit_reason::kind::normal);
  }
  SECTION("normal after a stop") {
    tell(connection, [] { obedient::stop(); });
    CHECK(end_of(observer).what() == exit_reason::kind::normal);
  }
  SECTION("crash after a crash, with the exception") {
    tell(connection, [] { throw std::runtime_error{"broken"}; });
    const auto why = end_of(observer);
    CHECK(why.what() == exit_reason::kind::crash);
    CHECK(why.crash().type == "std::runtime_error");
    CHECK(why.crash().text == "broken");
  }
  SECTION("a reason of its own after exit") {
    tell(connection, [] { obedient::exit(exit_reason::of(std::string{"bored"})); });
    const auto why = end_of(observer);
    CHECK(why.what() == exit_reason::kind::other);
    CHECK(why.term().get_as<std::string>(0) == "bored");
    CHECK(client.next() == "close 1001");
  }
  SECTION("killed after a kill") {
    vaquero::exit(connection, exit_reason::kill());
    CHECK(end_of(observer).what() == exit_reason::kind::killed);
  }
}

TEST_CASE("a connection linked to a CAF actor ends with it", "[signals]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  auto other = server.system().spawn<mortal>();
  const bool with_a_crash = GENERATE(false, true);
  have_done(connection, [other] { obedient::link(other); });
  caf::anon_send(other, with_a_crash);
  CHECK(client.next() == (with_a_crash ? "close 1011" : "close 1001"));
  CHECK(server.event().starts_with("terminate exit "));
}

TEST_CASE("a CAF actor linked to a connection ends with it", "[signals]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  caf::scoped_actor observer{server.system()};
  auto other = observer->spawn<mortal, caf::monitored>();
  have_done(connection, [other] { obedient::link(other); });
  tell(connection, [] { throw std::runtime_error{"broken"}; });
  CHECK(end_of(observer).what() == exit_reason::kind::crash);
}

TEST_CASE("linked connections end together", "[signals]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  websocket_client other_client{server.port()};
  const auto other = server.connection();
  have_done(connection, [other] { obedient::link(other); });
  SECTION("1001 for an end") {
    tell(other, [] { obedient::exit(exit_reason::of(std::string{"late"})); });
    CHECK(client.next() == "close 1001");
    CHECK(server.event().starts_with("terminate exit"));
  }
  SECTION("1011 for a crash") {
    tell(other, [] { throw std::runtime_error{"broken"}; });
    CHECK(client.next() == "close 1011");
    CHECK(server.event().starts_with("terminate crash"));
    CHECK(server.event().starts_with("terminate exit crash"));
  }
  SECTION("a normal end changes nothing") {
    other_client.close();
    CHECK(server.event() == "terminate remote 1000 \"\"");
    tell(connection, [] { obedient::reply("still here"); });
    CHECK(client.next() == "text still here");
  }
  SECTION("nothing after unlink") {
    have_done(connection, [other] { obedient::unlink(other); });
    tell(other, [] { obedient::exit(exit_reason::of(std::string{"late"})); });
    CHECK(other_client.next() == "close 1001");
    tell(connection, [] { obedient::reply("still here"); });
    CHECK(client.next() == "text still here");
  }
}

TEST_CASE("a connection that traps exits gets them as messages", "[signals]") {
  test_server server;
  server.reports<trapping>("/");
  server.start();
  websocket_client client{server.port()};
  const auto connection = server.connection();
  auto other = server.system().spawn<mortal>();
  have_done(connection, [other] {
    process_verbs::link(other);
    process_verbs::monitor(other);
  });
  caf::anon_send(other, true);
  std::set<std::string> heard{server.event().substr(0, 4), server.event().substr(0, 4)};
  CHECK(heard == std::set<std::string>{"exit", "down"});
  vaquero::exit(connection, exit_reason::of(std::string{"please"}));
  CHECK(server.event() == "exit_signal (\"please\")");
  have_done(connection, [other] { process_verbs::monitor(other); });
  CHECK(server.event() == "down noproc");
  vaquero::exit(connection, exit_reason::kill());
  CHECK(client.next() == "close 1001");
  CHECK(server.event() == "terminate exit killed");
}

TEST_CASE("an exit signal does not wait behind the mail", "[signals]") {
  constexpr int waiting = 100'000;
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  std::atomic<int> handled = 0;
  latch begun;
  latch all_sent;
  tell(connection, [&] {
    begun.open();
    all_sent.wait();
    ++handled;
  });
  begun.wait();
  for (int i = 0; i < waiting; ++i)
    tell(connection, [&] { ++handled; });
  vaquero::exit(connection, exit_reason::of(std::string{"enough"}));
  all_sent.open();
  CHECK(client.next() == "close 1001");
  CHECK(server.event() == "terminate exit (\"enough\")");
  CHECK(handled == 1);
}

TEST_CASE("an empty handle is no process", "[signals]") {
  obedient_server server;
  websocket_client client{server.port()};
  tell(server.connection(), [] {
    obedient::monitor(pid{});
    obedient::exit(pid{}, exit_reason::kill());
    obedient::send(pid{}, order{});
    obedient::send_after(0ms, pid{}, order{});
    obedient::reply("still here");
  });
  CHECK(client.next() == "text still here");
}

TEST_CASE("requests that wait when a connection ends get an error", "[signals]") {
  obedient_server server;
  websocket_client client{server.port()};
  const auto connection = server.connection();
  caf::scoped_actor self{server.system()};
  latch asked;
  tell(connection, [&] {
    asked.wait();
    obedient::stop();
  });
  auto answer = self->request(connection, patience, 1);
  asked.open();
  answer.receive([](int) { FAIL("nobody could answer"); },
                 [](const caf::error& error) { CHECK(error == caf::sec::request_receiver_down); });
}
