// Timers and names, as handlers use them.
#include "tests/support/test_server.hpp"
#include "tests/support/websocket_client.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace vaquero;
using namespace vaquero::testing;

namespace {

struct note {
  std::string body;
};

/// Registers the name that it is sent, passes on "NAME: text", starts timers.
class guest : public reporter<note, timeout<note>, order> {
 public:
  using reporter::reporter;

  void websocket_handle(const frame& in) override {
    const auto text = in.text();
    const auto colon = text.find(": ");
    if (colon == std::string::npos) {
      reply(register_as(text) ? "hello " + text : "taken");
      return;
    }
    if (auto friend_ = whereis(text.substr(0, colon)))
      send(*friend_, note{text.substr(colon + 2)});
    else
      reply("nobody");
  }
  void websocket_info(const note& n) override { reply("note " + n.body); }
  void websocket_info(const timeout<note>& timer) override {
    reply((timer.ref == started ? "timeout " : "unknown timer ") + timer.message.body);
  }
  void websocket_info(const order& given) override {
    running = this;
    given.what();
  }

  timer_ref started;
  static inline thread_local guest* running = nullptr;
};

struct guests : test_server {
  guests() {
    reports<guest>("/");
    start();
  }
};

} // namespace

TEST_CASE("start_timer sends a timeout with its reference", "[verbs]") {
  guests server;
  websocket_client client{server.port()};
  tell(server.connection(), [] {
    auto* self = guest::running;
    self->started = guest::start_timer(1ms, guest::self(), note{"tick"});
  });
  CHECK(client.next() == "text timeout tick");
}

TEST_CASE("send_after sends the message itself", "[verbs]") {
  guests server;
  websocket_client client{server.port()};
  tell(server.connection(), [] { guest::send_after(1ms, guest::self(), note{"tick"}); });
  CHECK(client.next() == "text note tick");
}

TEST_CASE("timers of one time fire in the order of their start", "[verbs]") {
  guests server;
  websocket_client client{server.port()};
  tell(server.connection(), [] {
    const auto soon = timer_clock::now() + 5ms;
    for (int i = 0; i < 100; ++i)
      guest::send_after(soon, guest::self(), note{std::to_string(i)});
  });
  for (int i = 0; i < 100; ++i)
    CHECK(client.next() == "text note " + std::to_string(i));
}

TEST_CASE("a cancelled timer does not fire", "[verbs]") {
  guests server;
  websocket_client client{server.port()};
  tell(server.connection(), [&] {
    auto never = guest::send_after(20ms, guest::self(), note{"cancelled"});
    guest::send_after(21ms, guest::self(), note{"kept"});
    server.seen()->events.push(guest::read_timer(never) ? "runs" : "does not run");
    server.seen()->events.push(guest::cancel_timer(never) ? "cancelled" : "not cancelled");
    server.seen()->events.push(guest::cancel_timer(never) ? "cancelled" : "not cancelled");
  });
  CHECK(server.event() == "runs");
  CHECK(server.event() == "cancelled");
  CHECK(server.event() == "not cancelled");
  CHECK(client.next() == "text note kept");
}

TEST_CASE("a timer reaches another connection, by handle or by name", "[verbs]") {
  guests server;
  websocket_client ann{server.port()};
  const auto ann_process = server.connection();
  websocket_client bob{server.port()};
  const auto bob_process = server.connection();
  bob.text("bob");
  CHECK(bob.next() == "text hello bob");
  tell(ann_process, [bob_process] { guest::send_after(1ms, bob_process, note{"by handle"}); });
  CHECK(bob.next() == "text note by handle");
  tell(ann_process, [] {
    guest::send_after(1ms, "nobody", note{"lost"});
    guest::send_after(2ms, "bob", note{"by name"});
  });
  CHECK(bob.next() == "text note by name");
}

TEST_CASE("connections find each other by name", "[verbs]") {
  guests server;
  websocket_client ann{server.port()};
  websocket_client bob{server.port()};
  ann.text("bob: are you there?");
  CHECK(ann.next() == "text nobody");
  bob.text("bob");
  CHECK(bob.next() == "text hello bob");
  ann.text("bob: now?");
  CHECK(bob.next() == "text note now?");
}

TEST_CASE("a name is free again after a close", "[verbs]") {
  guests server;
  websocket_client first{server.port()};
  websocket_client second{server.port()};
  first.text("bob");
  CHECK(first.next() == "text hello bob");
  second.text("bob");
  CHECK(second.next() == "text taken");
  CHECK(server.home().whereis("bob"));
  first.close();
  // The process ends before its client hears of it: the close frame leaves at the end of the turn.
  CHECK_FALSE(server.home().whereis("bob"));
  second.text("bob");
  CHECK(second.next() == "text hello bob");
}
