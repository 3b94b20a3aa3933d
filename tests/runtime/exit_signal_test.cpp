#include "tests/support/world.hpp"

#include <caf/scoped_actor.hpp>

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

namespace {

enum class way { by_exit, by_link };

const auto normal = exit_reason::normal();
const auto late = exit_reason::of(std::string{"late"});
const auto kill_reason = exit_reason::kill();

/// What becomes of a process that gets this signal: "lives", or what it or its watcher noted.
std::string outcome(way by, const exit_reason& reason, bool is_trapping) {
  world w;
  auto target = w.spawn("target");
  auto peer = w.spawn("peer");
  auto watcher = w.spawn("watcher");
  w.in(target, [&] { verbs::trap_exit(is_trapping); });
  w.in(watcher, [&] { verbs::monitor(target); });
  if (by == way::by_link) {
    w.in(peer, [&] { verbs::link(target); });
    w.end(peer, reason);
  } else {
    w.in(peer, [&] { verbs::exit(target, reason); });
  }
  // What it does after the signal shows that it lives; a dead one drops it.
  send(target, task{[&] { w.noted.note("lives"); }});
  return w.noted.take(1).front();
}

} // namespace

TEST_CASE("exit signals do what Erlang's table says", "[exit_signal]") {
  SECTION("sent by exit") {
    CHECK(outcome(way::by_exit, normal, false) == "lives");
    CHECK(outcome(way::by_exit, normal, true) == "target: EXIT normal");
    CHECK(outcome(way::by_exit, late, false) == R"(watcher: down ("late"))");
    CHECK(outcome(way::by_exit, late, true) == R"(target: EXIT ("late"))");
    CHECK(outcome(way::by_exit, kill_reason, false) == "watcher: down killed");
    CHECK(outcome(way::by_exit, kill_reason, true) == "watcher: down killed");
  }
  SECTION("through a link") {
    CHECK(outcome(way::by_link, normal, false) == "lives");
    CHECK(outcome(way::by_link, normal, true) == "target: EXIT normal");
    CHECK(outcome(way::by_link, late, false) == R"(watcher: down ("late"))");
    CHECK(outcome(way::by_link, late, true) == R"(target: EXIT ("late"))");
    CHECK(outcome(way::by_link, kill_reason, false) == "watcher: down kill");
    CHECK(outcome(way::by_link, kill_reason, true) == "target: EXIT kill");
  }
}

TEST_CASE("exit signals to oneself do what Erlang's table says", "[exit_signal]") {
  world w;
  auto watcher = w.spawn("watcher");
  auto to_self = [&](const exit_reason& reason, bool is_trapping) {
    auto target = w.spawn("target");
    w.in(watcher, [&] { verbs::monitor(target); });
    w.in(target, [&] {
      verbs::trap_exit(is_trapping);
      verbs::exit(verbs::self(), reason);
    });
    return w.noted.take(1).front();
  };
  CHECK(to_self(normal, false) == "watcher: down normal");
  CHECK(to_self(normal, true) == "target: EXIT normal");
  CHECK(to_self(late, false) == R"(watcher: down ("late"))");
  CHECK(to_self(late, true) == R"(target: EXIT ("late"))");
  CHECK(to_self(kill_reason, false) == "watcher: down killed");
  CHECK(to_self(kill_reason, true) == "watcher: down killed");
}

TEST_CASE("kill arrives as killed at links", "[exit_signal]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  w.in(b, [&] {
    verbs::trap_exit(true);
    verbs::link(a);
  });
  exit(a, kill_reason);
  CHECK(w.noted.take(1) == events{"b: EXIT killed"});
}

TEST_CASE("an exit signal acts when it arrives, whatever waits", "[exit_signal]") {
  constexpr int waiting = 100'000;
  world w;
  std::atomic<int> handled = 0;
  auto a = w.spawn("a", [&](auto&) { ++handled; });
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(a); });
  hold held{a};
  for (int i = 0; i < waiting; ++i)
    send(a, i);
  exit(a, exit_reason::shutdown());
  held.release();
  CHECK(w.noted.take(1) == events{"watcher: down shutdown"});
  CHECK(handled == 0); // the callback that held it was the only one
}

TEST_CASE("an exit signal behind a long inbox stops it after one message", "[exit_signal]") {
  world w;
  std::atomic<int> handled = 0;
  std::promise<void> entered;
  std::promise<void> open;
  auto a = w.spawn("a", [&](auto&) {
    if (++handled == 1) {
      entered.set_value();
      open.get_future().wait();
    }
  });
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(a); });
  for (int i = 0; i < 10'000; ++i)
    send(a, i);
  entered.get_future().wait();
  exit(a, kill_reason);
  open.set_value();
  CHECK(w.noted.take(1) == events{"watcher: down killed"});
  CHECK(handled == 1);
}

TEST_CASE("requests that wait when a process ends are refused", "[exit_signal]") {
  world w;
  auto a = w.spawn("a");
  caf::scoped_actor self{w.system};
  hold held{a};
  auto request = self->request(a, patience, 1);
  exit(a, exit_reason::shutdown());
  held.release();
  request.receive([](int) { FAIL("a dead process answered"); },
                  [](const caf::error& why) { CHECK(why == caf::sec::request_receiver_down); });
}

TEST_CASE("a trapped exit signal keeps its place among its sender's messages", "[exit_signal]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] { verbs::trap_exit(true); });
  hold held{a};
  send(a, 1);
  exit(a, late);
  send(a, 2);
  held.release();
  CHECK(w.noted.take(3) == events{"a: 1", R"(a: EXIT ("late"))", "a: 2"});
}

TEST_CASE("trap_exit returns the old setting", "[exit_signal]") {
  world w;
  auto a = w.spawn("a");
  CHECK(w.in(a, [] { return verbs::trap_exit(true); }) == false);
  CHECK(w.in(a, [] { return verbs::trap_exit(false); }) == true);
}

TEST_CASE("an exit signal to no process is dropped", "[exit_signal]") {
  exit(pid{}, late);
  SUCCEED();
}

TEST_CASE("exit leaves the callback at once", "[exit_signal]") {
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(a); });
  world::tell(a, [&] {
    verbs::exit(late);
    w.noted.note("went on");
  });
  CHECK(w.noted.take(1) == events{R"(watcher: down ("late"))"});
  CHECK(w.home.crash_log().total() == 0);
}
