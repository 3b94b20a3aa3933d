#include "tests/support/world.hpp"

#include <algorithm>

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

TEST_CASE("a monitor tells why the process ended, and who it was", "[monitor]") {
  world w;
  std::promise<down> told;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher", [&](caf::mailbox_element& mail) {
    told.set_value(mail.content().get_as<down>(0));
  });
  auto ref = w.in(watcher, [&] { return verbs::monitor(a); });
  w.end(a, exit_reason::of(7));
  auto outcome = told.get_future().get();
  CHECK(ref);
  CHECK(outcome.ref == ref);
  CHECK(outcome.process == a.address());
  CHECK(outcome.reason == exit_reason::of(7));
}

TEST_CASE("monitors stack, and each ends by itself", "[monitor]") {
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] {
    verbs::monitor(a);
    auto second = verbs::monitor(a);
    verbs::monitor(a);
    CHECK(verbs::demonitor(second));
    CHECK_FALSE(verbs::demonitor(second));
  });
  w.end(a, exit_reason::normal());
  w.in(watcher, [&] { w.noted.note("end"); });
  CHECK(w.noted.take(3) == events{"watcher: down normal", "watcher: down normal", "end"});
}

TEST_CASE("a monitor of a dead process is noproc at once", "[monitor]") {
  world w;
  auto watcher = w.spawn("watcher");
  auto dead = w.spawn("dead");
  w.end(dead, exit_reason::shutdown());
  w.in(watcher, [&] {
    verbs::monitor(dead);
    verbs::monitor(pid{});
  });
  CHECK(w.noted.take(2) == events{"watcher: down noproc", "watcher: down noproc"});
}

TEST_CASE("a monitor goes one way", "[monitor]") {
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(a); });
  w.end(watcher, exit_reason::shutdown());
  send(a, 1);
  CHECK(w.noted.take(1) == events{"a: 1"});
}

TEST_CASE("demonitor leaves a down in the inbox, with flush it does not", "[monitor]") {
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher");
  auto flush = GENERATE(false, true);
  w.in(watcher, [&] {
    auto ref = verbs::monitor(a);
    send(watcher, 1);
    w.end(a, exit_reason::normal());
    send(watcher, 2);
    CHECK_FALSE(verbs::demonitor(ref, flush)); // it has fired
  });
  if (flush)
    CHECK(w.noted.take(2) == events{"watcher: 1", "watcher: 2"});
  else
    CHECK(w.noted.take(3) == events{"watcher: 1", "watcher: down normal", "watcher: 2"});
}

TEST_CASE("demonitor stops a down that is just being sent", "[monitor]") {
  // Before the world, which waits for whoever uses them.
  std::promise<void> ending;
  std::promise<void> go_on;
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher");
  auto ref = w.in(watcher, [&] { return verbs::monitor(a); });
  // CAF tells the newest first: the process has ended, and has not yet told its watcher.
  auto* actor = caf::actor_cast<caf::abstract_actor*>(a);
  auto first = w.spawn("first");
  w.in(watcher, [&] {
    actor->attach_functor([&] {
      ending.set_value();
      go_on.get_future().wait();
    });
  });
  exit(a, exit_reason::shutdown());
  ending.get_future().wait();
  auto flush = GENERATE(false, true);
  CHECK(w.in(watcher, [&] { return verbs::demonitor(ref, flush); }));
  go_on.set_value();
  // The next one that hears of this end is told after the watcher.
  w.in(first, [&] { verbs::monitor(a); });
  CHECK(w.noted.take(1) == events{"first: down noproc"});
  caf::anon_send(watcher, 1);
  CHECK(w.noted.take(1) == events{"watcher: 1"});
}

TEST_CASE("references are unique in their node", "[monitor]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  std::vector<monitor_ref> refs;
  for (const auto& watcher : {a, b, a, b})
    refs.push_back(w.in(watcher, [&] { return verbs::monitor(watcher == a ? b : a); }));
  std::ranges::sort(refs);
  CHECK(std::ranges::adjacent_find(refs) == refs.end());
}

TEST_CASE("a monitor keeps neither end alive", "[monitor]") {
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(a); });
  w.end(watcher, exit_reason::normal());
  w.end(a, exit_reason::normal());
  SUCCEED("the world waits until both are gone");
}
