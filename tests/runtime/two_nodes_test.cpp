// A process is an actor for the processes and the plain CAF actors of another node.
#include "tests/support/bodies.hpp"
#include "tests/support/relay.hpp"

#include <caf/io/middleman.hpp>

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

namespace {

struct networked : caf::actor_system_config {
  networked() { load<caf::io::middleman>(); }
};

/// A node in this program that others can reach.
struct side {
  networked config;
  world here{config};
  std::uint16_t port = 0;

  /// What `other` calls a process of this side.
  pid seen_from(side& other, const pid& process) {
    auto opened = here.system.middleman().publish(process, 0, "127.0.0.1");
    REQUIRE(opened);
    auto remote = other.here.system.middleman().remote_actor("127.0.0.1", *opened);
    REQUIRE(remote);
    return *remote;
  }
};

struct pair_of_nodes {
  side left;
  side right;
  pid a = left.here.spawn("a");
  pid b = right.here.spawn("b");
  pid b_for_a = right.seen_from(left, b);
  pid a_for_b = left.seen_from(right, a);
  event_list& a_notes = left.here.noted;
  event_list& b_notes = right.here.noted;

  void trap_both() {
    left.here.in(a, [] { verbs::trap_exit(true); });
    right.here.in(b, [] { verbs::trap_exit(true); });
  }
  /// Waits until what a sent to b has been handled: what b gets from a afterwards is later.
  void a_to_b() {
    left.here.in(a, [&] { verbs::send(b_for_a, 0); });
    CHECK(b_notes.take(1) == events{"b: 0"});
  }
  void b_to_a() {
    right.here.in(b, [&] { verbs::send(a_for_b, 0); });
    CHECK(a_notes.take(1) == events{"a: 0"});
  }
};

const auto late = exit_reason::of(std::string{"late"});

} // namespace

TEST_CASE("processes of two nodes send to each other", "[two_nodes]") {
  pair_of_nodes nodes;
  nodes.a_to_b();
  nodes.b_to_a();
}

TEST_CASE("a group tells a process of another node, whose id a member may have", "[two_nodes]") {
  side home;
  side other;
  auto watcher = other.here.spawn("watcher");
  pid member;
  do
    member = home.here.spawn("member");
  while (member.id() < watcher.id());
  while (watcher.id() < member.id())
    watcher = other.here.spawn("watcher");
  REQUIRE(watcher.id() == member.id());
  auto seen = other.seen_from(home, watcher);
  auto& scope = home.here.home.pg("test");
  scope.join("g", member);
  CHECK(scope.monitor("g", seen).second == std::vector<pid>{member});
  std::promise<void> gone;
  auto note = home.here.spawn("note", [&](auto&) { gone.set_value(); });
  home.here.in(note, [&] { verbs::monitor(seen); });
  other.here.end(watcher, exit_reason::normal());
  gone.get_future().wait();
  CHECK(scope.members("g") == std::vector<pid>{member});
  scope.leave("g", member); // and nobody is told
  CHECK(scope.members("g").empty());
}

TEST_CASE("a process of another node answers requests", "[two_nodes]") {
  pair_of_nodes nodes;
  auto echo = nodes.right.here.spawn("echo", [](caf::mailbox_element& mail) {
    verbs::respond(mail.content().get_as<int>(0) + 1);
  });
  auto remote = nodes.right.seen_from(nodes.left, echo);
  caf::scoped_actor self{nodes.left.here.system};
  auto ask = [&] {
    std::string answer;
    self->request(remote, patience, 1)
        .receive([&](int x) { answer = std::to_string(x); },
                 [&](const caf::error& why) {
                   answer = why == caf::sec::request_receiver_down ? "down" : to_string(why);
                 });
    return answer;
  };
  CHECK(ask() == "2");
  hold held{echo};
  auto request = self->request(remote, patience, 1);
  exit(echo, exit_reason::kill());
  held.release();
  request.receive([](int) { FAIL("a dead process answered"); },
                  [](const caf::error& why) { CHECK(why == caf::sec::request_receiver_down); });
}

TEST_CASE("a process of another node can be monitored", "[two_nodes]") {
  pair_of_nodes nodes;
  auto& left = nodes.left.here;
  auto plain = left.spawn_plain("plain");
  left.in(nodes.a, [&] { verbs::monitor(nodes.b_for_a); });
  left.in_plain(plain, [&](auto* self) { self->monitor(nodes.b_for_a); });
  nodes.a_to_b();
  nodes.right.here.end(nodes.b, late);
  auto noted = nodes.a_notes.take(2);
  CHECK(std::ranges::find(noted, R"(a: down ("late"))") != noted.end());
  CHECK(std::ranges::find(noted, R"(plain: down_msg ("late"))") != noted.end());
  left.in(nodes.a, [&] { verbs::monitor(nodes.b_for_a); });
  CHECK(nodes.a_notes.take(1) == events{"a: down noproc"});
}

// The real reason is certain for a node that the process's own node has heard from since it got the handle.
// Until then it may be noproc: a node that gets a handle sends a `monitor_message`, and where the process is
// gone from the registry when that comes, CAF answers `exit_reason::unknown` at once, whatever the reason was
// (basp_broker::proxy_announced), past an exit signal that still waits in the broker's mailbox
// (forwarding_actor_proxy::forward_msg). Both are inside of CAF and ask nothing of ours.
TEST_CASE("a link between two nodes works both ways, once", "[two_nodes]") {
  pair_of_nodes nodes;
  nodes.trap_both();
  if (GENERATE(true, false)) {
    nodes.left.here.in(nodes.a, [&] { verbs::link(nodes.b_for_a); });
    nodes.a_to_b();
  } else {
    nodes.right.here.in(nodes.b, [&] { verbs::link(nodes.a_for_b); });
    nodes.b_to_a();
  }
  SECTION("one ends") {
    nodes.right.here.end(nodes.b, late);
    CHECK(nodes.a_notes.take(1) == events{R"(a: EXIT ("late"))"});
    // What the loss of the proxy adds comes before this: noproc says that the proxy is gone.
    nodes.left.here.in(nodes.a, [&] { verbs::monitor(nodes.b_for_a); });
    auto noted = nodes.a_notes.take(1);
    CHECK(noted.front().starts_with("a: down "));
    nodes.left.here.in(nodes.a, [] {});
    nodes.a_notes.note("end");
    CHECK(nodes.a_notes.take(1) == events{"end"});
    nodes.left.here.in(nodes.a, [&] { verbs::link(nodes.b_for_a); });
    CHECK(nodes.a_notes.take(1) == events{"a: EXIT noproc"});
  }
  SECTION("the other ends") {
    nodes.b_to_a(); // by now a's node knows that b's watches it: see above
    nodes.left.here.end(nodes.a, exit_reason::kill());
    CHECK(nodes.b_notes.take(1) == events{"b: EXIT kill"});
  }
}

TEST_CASE("after unlink nothing comes from another node", "[two_nodes]") {
  pair_of_nodes nodes;
  auto& left = nodes.left.here;
  left.in(nodes.a, [&] { verbs::link(nodes.b_for_a); });
  nodes.a_to_b();
  left.in(nodes.a, [&] { verbs::monitor(nodes.b_for_a); });
  SECTION("when the other ends later") {
    left.in(nodes.a, [&] { verbs::unlink(nodes.b_for_a); });
    nodes.a_to_b();
    nodes.right.here.end(nodes.b, late);
  }
  SECTION("when its signal may be on its way") {
    // Shared: the process may still be at one of them when this scope is left.
    auto entered = std::make_shared<std::promise<void>>();
    auto ended = std::make_shared<std::promise<void>>();
    world::tell(nodes.a, [&nodes, entered, ended] {
      entered->set_value();
      ended->get_future().wait();
      verbs::unlink(nodes.b_for_a);
    });
    entered->get_future().wait();
    nodes.right.here.end(nodes.b, late);
    ended->set_value();
  }
  CHECK(nodes.a_notes.take(1).front().starts_with("a: down"));
  send(nodes.a, 1);
  CHECK(nodes.a_notes.take(1) == events{"a: 1"});
}

TEST_CASE("exit reaches another node, and leaves the link in place", "[two_nodes]") {
  pair_of_nodes nodes;
  nodes.trap_both();
  nodes.left.here.in(nodes.a, [&] {
    verbs::link(nodes.b_for_a);
    verbs::exit(nodes.b_for_a, late);
  });
  CHECK(nodes.b_notes.take(1) == events{R"(b: EXIT ("late"))"});
  nodes.right.here.end(nodes.b, exit_reason::shutdown());
  CHECK(nodes.a_notes.take(1) == events{"a: EXIT shutdown"});
}

TEST_CASE("kill by exit is not trapped on another node either", "[two_nodes]") {
  pair_of_nodes nodes;
  nodes.trap_both();
  nodes.left.here.in(nodes.a, [&] {
    verbs::monitor(nodes.b_for_a);
    verbs::exit(nodes.b_for_a, exit_reason::kill());
  });
  CHECK(nodes.a_notes.take(1) == events{"a: down killed"});
}

TEST_CASE("a CAF actor of another node links to a process, and ends it", "[two_nodes]") {
  pair_of_nodes nodes;
  auto& right = nodes.right.here;
  auto plain = right.spawn_plain("plain");
  nodes.left.here.in(nodes.a, [] { verbs::trap_exit(true); });
  SECTION("through a link") {
    right.in_plain(plain, [&](auto* self) {
      self->link_to(nodes.a_for_b);
      self->send(nodes.a_for_b, 1);
    });
    CHECK(nodes.a_notes.take(1) == events{"a: 1"});
    nodes.a_to_b(); // by now plain's node knows that a's watches it: see above
    right.in_plain(plain, [](auto* self) { self->quit(caf::exit_reason::user_shutdown); });
    CHECK(nodes.a_notes.take(1) == events{"a: EXIT shutdown"});
  }
  SECTION("and hears of its end") {
    right.in_plain(plain, [&](auto* self) {
      self->link_to(nodes.a_for_b);
      self->send(nodes.a_for_b, 1);
    });
    CHECK(nodes.a_notes.take(1) == events{"a: 1"});
    nodes.left.here.end(nodes.a, exit_reason::shutdown());
    // CAF tells its own actors twice: by the process, and by the loss of its proxy.
    CHECK(nodes.b_notes.take(1).front() == "plain: exit_msg shutdown");
  }
  SECTION("by send_exit") {
    right.in_plain(plain, [&](auto* self) {
      self->send_exit(nodes.a_for_b, caf::exit_reason::user_shutdown);
    });
    CHECK(nodes.a_notes.take(1) == events{"a: EXIT shutdown"});
  }
  SECTION("by send_exit of kill") {
    right.in_plain(plain, [&](auto* self) {
      self->monitor(nodes.a_for_b);
      self->send_exit(nodes.a_for_b, caf::exit_reason::kill);
    });
    CHECK(nodes.b_notes.take(1) == events{"plain: down_msg killed"});
  }
}

TEST_CASE("a link from another node to a process that is ending", "[two_nodes]") {
  pair_of_nodes nodes;
  nodes.right.here.in(nodes.b, [] { verbs::trap_exit(true); });
  nodes.b_to_a(); // the other node watches it by now, and is told after what is attached next
  std::promise<void> ending;
  std::promise<void> go_on;
  // It is dead and can still be found: CAF takes it off its registry after the newer attachments.
  caf::actor_cast<caf::abstract_actor*>(nodes.a)->attach_functor([&] {
    ending.set_value();
    go_on.get_future().wait();
  });
  exit(nodes.a, exit_reason::shutdown());
  ending.get_future().wait();
  nodes.right.here.in(nodes.b, [&] { verbs::link(nodes.a_for_b); });
  CHECK(nodes.b_notes.take(1) == events{"b: EXIT noproc"});
  go_on.set_value();
  // Its proxy's end is no second signal.
  nodes.right.here.in(nodes.b, [&] { verbs::monitor(nodes.a_for_b); });
  CHECK(nodes.b_notes.take(1).front().starts_with("b: down"));
}

TEST_CASE("a process of another node is called", "[two_nodes]") {
  pair_of_nodes nodes;
  auto& right = nodes.right.here;
  auto callee = right.track(spawn(right.home, []() -> process_body {
    for (;;) {
      auto number = co_await receive<int>();
      if (number == 0) exit(late);
      respond(number + 1);
    }
  }));
  auto remote = nodes.right.seen_from(nodes.left, callee);
  auto end = run(nodes.left.here, [&]() -> process_body {
    auto reply = co_await call<int>(remote, 1);
    CHECK(*reply == 2);
    auto ended = co_await call<int>(remote, 0);
    CHECK(to_string(ended.failure) == R"(exit: ("late"))");
    auto gone = co_await call<int>(remote, 1);
    CHECK(to_string(gone.failure) == "noproc");
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("the loss of a node is noconnection", "[two_nodes]") {
  side left;
  auto a = left.here.spawn("a");
  left.here.in(a, [] { verbs::trap_exit(true); });
  side right;
  auto b = right.here.spawn("b");
  auto port = right.here.system.middleman().publish(b, 0, "127.0.0.1");
  REQUIRE(port);
  relay connection{*port};
  auto remote = left.here.system.middleman().remote_actor("127.0.0.1", connection.port());
  REQUIRE(remote);
  auto lost = *remote;
  left.here.in(a, [&] {
    verbs::monitor(lost);
    verbs::send(lost, 0);
  });
  CHECK(right.here.noted.take(1) == events{"b: 0"});
  connection.cut();
  CHECK(left.here.noted.take(1) == events{"a: down noconnection"});
  left.here.in(a, [&] { verbs::monitor(lost); });
  CHECK(left.here.noted.take(1) == events{"a: down noconnection"});
  left.here.in(a, [&] { verbs::link(lost); });
  CHECK(left.here.noted.take(1) == events{"a: EXIT noconnection"});
  auto end = run(left.here, [&]() -> process_body {
    auto answer = co_await call<int>(lost, 1);
    CHECK(to_string(answer.failure) == "noconnection");
  });
  CHECK(end == exit_reason::normal());
}
