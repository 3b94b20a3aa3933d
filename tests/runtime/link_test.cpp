#include "tests/support/world.hpp"

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

namespace {

void trap(world& w, const pid& process) {
  w.in(process, [] { verbs::trap_exit(true); });
}

pid dead_process(world& w) {
  auto dead = w.spawn("dead");
  w.end(dead, exit_reason::normal());
  return dead;
}

const auto late = exit_reason::of(std::string{"late"});

} // namespace

TEST_CASE("a link works both ways", "[link]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  trap(w, a);
  trap(w, b);
  auto from_a = GENERATE(true, false);
  w.in(a, [&] { verbs::link(b); });
  w.end(from_a ? a : b, late);
  CHECK(w.noted.take(1).front() == std::string{from_a ? "b" : "a"} + R"(: EXIT ("late"))");
}

TEST_CASE("there is one link a pair", "[link]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  trap(w, a);
  w.in(a, [&] {
    verbs::link(b);
    verbs::link(b);
  });
  w.in(b, [&] { verbs::link(a); });
  w.end(b, late);
  w.in(a, [&] { w.noted.note("end"); });
  CHECK(w.noted.take(2) == events{R"(a: EXIT ("late"))", "end"});
}

TEST_CASE("a link to a dead process is noproc", "[link]") {
  world w;
  auto a = w.spawn("a");
  auto dead = dead_process(w);
  SECTION("for one that traps") {
    trap(w, a);
    w.in(a, [&] { verbs::link(dead); });
    CHECK(w.noted.take(1) == events{"a: EXIT noproc"});
  }
  SECTION("for one that does not") {
    auto watcher = w.spawn("watcher");
    w.in(watcher, [&] { verbs::monitor(a); });
    w.in(a, [&] { verbs::link(dead); });
    CHECK(w.noted.take(1) == events{"watcher: down noproc"});
  }
}

TEST_CASE("after unlink no signal of a link to a dead process acts", "[link]") {
  world w;
  auto a = w.spawn("a");
  auto dead = dead_process(w);
  auto has_ended_meanwhile = GENERATE(false, true); // CAF finds it dead
  w.in(a, [&] {
    has_ended_meanwhile ? process::current()->link_to(dead) : verbs::link(dead);
    verbs::unlink(dead);
  });
  send(a, 1);
  CHECK(w.noted.take(1) == events{"a: 1"});
}

TEST_CASE("what traps has the message of a link to a dead process at once", "[link]") {
  world w;
  auto a = w.spawn("a");
  auto dead = dead_process(w);
  trap(w, a);
  w.in(a, [&] {
    verbs::link(dead);
    verbs::unlink(dead);
  });
  CHECK(w.noted.take(1) == events{"a: EXIT noproc"});
}

TEST_CASE("a link to a process that ends meanwhile is noproc", "[link]") {
  world w;
  auto a = w.spawn("a");
  auto dead = dead_process(w);
  trap(w, a);
  w.in(a, [&] { process::current()->link_to(dead); });
  CHECK(w.noted.take(1) == events{"a: EXIT noproc"});
  w.in(a, [&] { CHECK(process::current()->info()->links.empty()); });
}

TEST_CASE("a link to oneself or to nobody does nothing", "[link]") {
  world w;
  auto a = w.spawn("a");
  trap(w, a);
  w.in(a, [] {
    verbs::link(verbs::self());
    verbs::unlink(verbs::self());
    verbs::link(pid{});
    verbs::unlink(pid{});
  });
  send(a, 1);
  CHECK(w.noted.take(1) == events{"a: 1"});
}

TEST_CASE("after unlink no signal of the link acts", "[link]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  w.in(a, [&] { verbs::link(b); });
  SECTION("when the other ends later") {
    w.in(a, [&] { verbs::unlink(b); });
    w.end(b, late);
  }
  SECTION("when the other one unlinked") {
    w.in(b, [&] { verbs::unlink(a); });
    w.end(b, late);
  }
  SECTION("when the signal is in the inbox already") {
    w.in(a, [&] {
      w.end(b, late);
      verbs::unlink(b);
    });
  }
  send(a, 1);
  CHECK(w.noted.take(1) == events{"a: 1"});
}

TEST_CASE("exit by somebody who was unlinked acts", "[link]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(a); });
  w.in(a, [&] {
    verbs::link(b);
    verbs::unlink(b);
  });
  w.in(b, [&] { verbs::exit(a, late); });
  CHECK(w.noted.take(1) == events{R"(watcher: down ("late"))"});
}

TEST_CASE("a signal does not overtake its sender's link", "[link]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(a); });
  hold held{a};
  world::tell(b, [&] {
    verbs::link(a);
    verbs::exit(late);
  });
  held.release();
  CHECK(w.noted.take(1) == events{R"(watcher: down ("late"))"});
}

TEST_CASE("links pass a reason on along a chain", "[link]") {
  world w;
  std::vector<pid> chain;
  for (int i = 0; i < 10; ++i) {
    chain.push_back(w.spawn("link"));
    if (i != 0)
      w.in(chain[static_cast<std::size_t>(i)], [&] { verbs::link(chain[chain.size() - 2]); });
  }
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(chain.back()); });
  exit(chain.front(), exit_reason::shutdown());
  CHECK(w.noted.take(1) == events{"watcher: down shutdown"});
}
