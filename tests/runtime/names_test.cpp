#include "tests/support/world.hpp"

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

TEST_CASE("a registered process is found by its name", "[names]") {
  world w;
  auto a = w.spawn("a");
  CHECK(w.in(a, [] { return verbs::register_as("hello"); }));
  CHECK(w.home.whereis("hello") == a);
  CHECK(w.in(a, [] { return verbs::whereis("hello"); }) == a);
  CHECK(w.home.whereis("nobody") == std::nullopt);
}

TEST_CASE("a name is refused if it is empty, taken, or a second one", "[names]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  CHECK_FALSE(w.in(a, [] { return verbs::register_as(""); }));
  CHECK(w.in(a, [] { return verbs::register_as("hello"); }));
  CHECK_FALSE(w.in(a, [] { return verbs::register_as("second"); }));
  CHECK_FALSE(w.in(b, [] { return verbs::register_as("hello"); }));
  CHECK(w.home.whereis("hello") == a);
  CHECK(w.home.whereis("second") == std::nullopt);
  CHECK(w.in(b, [] { return verbs::register_as("second"); }));
}

TEST_CASE("a name is free before links and monitors hear of the end", "[names]") {
  world w;
  auto a = w.spawn("a");
  auto note_whether_free = [&](auto&) {
    w.noted.note(verbs::whereis("hello") ? "taken" : "free");
    w.noted.note(verbs::register_as("hello") ? "registered" : "refused");
    verbs::exit(exit_reason::normal());
  };
  auto watcher = w.spawn("watcher", note_whether_free);
  w.in(watcher, [&] { verbs::trap_exit(true); });
  SECTION("a monitor") {
    w.in(watcher, [&] { verbs::monitor(a); });
  }
  SECTION("a link") {
    w.in(watcher, [&] { verbs::link(a); });
  }
  w.in(a, [] { return verbs::register_as("hello"); });
  exit(a, exit_reason::kill());
  CHECK(w.noted.take(2) == events{"free", "registered"});
}
