#include "tests/support/world.hpp"

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

namespace {

struct keepsake {
  std::shared_ptr<void> what;
};

} // namespace

template <>
inline constexpr bool vaquero::local_only<keepsake> = true;

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

TEST_CASE("anybody registers and unregisters anybody", "[names]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  w.in(b, [&] {
    CHECK(verbs::register_name("hello", a));
    CHECK_FALSE(verbs::register_name("again", a));
    CHECK(verbs::registered() == std::vector<std::string>{"hello"});
    CHECK(verbs::unregister_name("hello"));
    CHECK_FALSE(verbs::unregister_name("hello"));
    CHECK(verbs::registered().empty());
    CHECK(verbs::register_name("again", a));
  });
  CHECK(w.home.whereis("again") == a);
}

TEST_CASE("what has ended, and what is no process of ours, gets no name", "[names]") {
  world w;
  auto dead = w.spawn("dead");
  w.end(dead, exit_reason::normal());
  auto& names = w.home.names();
  CHECK_FALSE(names.register_name("hello", dead));
  CHECK_FALSE(names.register_name("hello", w.spawn_plain("plain")));
  CHECK_FALSE(names.register_name("hello", pid{}));
  CHECK(names.registered().empty());
}

TEST_CASE("a process that lets go of what it has gets no name any more", "[names]") {
  world w;
  auto a = w.spawn("a");
  bool is_named = true;
  std::shared_ptr<void> when_forgotten{
      nullptr, [&](void*) { is_named = w.home.names().register_name("late", a); }};
  w.in(a, [&] {
    verbs::send_after(std::chrono::hours{1}, verbs::self(), keepsake{std::move(when_forgotten)});
  });
  w.end(a, exit_reason::normal());
  CHECK_FALSE(is_named);
  CHECK_FALSE(w.home.whereis("late"));
}

TEST_CASE("a name that was given back stays with its next owner", "[names]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  auto& names = w.home.names();
  CHECK(names.register_name("hello", a));
  CHECK(names.unregister_name("hello"));
  CHECK(names.register_name("hello", b));
  w.end(a, exit_reason::normal());
  CHECK(w.home.whereis("hello") == b);
}

TEST_CASE("a message to a name reaches who has it", "[names]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  w.home.names().register_name("hello", a);
  w.in(b, [] { verbs::send("hello", 7); });
  CHECK(w.noted.take(1) == events{"a: 7"});
}

TEST_CASE("a message to a name that nobody has crashes its sender", "[names]") {
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher", [&](caf::mailbox_element& mail) {
    w.noted.note(mail.content().get_as<down>(0).reason.crash().text);
  });
  w.in(watcher, [&] { verbs::monitor(a); });
  w.tell(a, [] { verbs::send("nobody", 7); });
  CHECK(w.noted.take(1) == events{"badarg: no process is registered as \"nobody\""});
}

namespace {

/// A registry that knows its processes of its own.
struct numbered final : registry {
  bool register_name(const std::string& name, const pid& process) override {
    std::lock_guard lock{mutex};
    return taken.emplace(name, process).second;
  }
  bool unregister_name(std::string_view name) override {
    std::lock_guard lock{mutex};
    return taken.erase(std::string{name}) != 0;
  }
  std::optional<pid> whereis(std::string_view name) const override {
    std::lock_guard lock{mutex};
    auto found = taken.find(std::string{name});
    return found == taken.end() ? std::nullopt : std::optional{found->second};
  }

  mutable std::mutex mutex;
  std::map<std::string, pid> taken;
};

/// One that has lost its data.
struct broken final : registry {
  bool register_name(const std::string&, const pid&) override { throw std::runtime_error{"lost"}; }
  bool unregister_name(std::string_view) override { throw std::runtime_error{"lost"}; }
  std::optional<pid> whereis(std::string_view) const override { throw std::runtime_error{"lost"}; }
};

} // namespace

TEST_CASE("a registry that throws costs a timer its message, and nothing else", "[names]") {
  broken names;
  world w;
  auto a = w.spawn("a");
  const auto at = timer_clock::now();
  start_timer(w.home, at, via{names, "one"}, 1);
  start_timer(w.home, at, a, 2);
  CHECK(w.noted.take(1) == events{"a: timeout 2"});
}

TEST_CASE("send and timers take a name of another registry", "[names]") {
  numbered others;
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  others.register_name("one", a);
  w.home.names().register_name("one", b);
  w.in(b, [&] {
    verbs::send(via{others, "one"}, 1);
    CHECK_THROWS_AS(verbs::send(via{others, "two"}, 1), std::invalid_argument);
  });
  CHECK(w.noted.take(1) == events{"a: 1"});
  w.in(b, [&] { verbs::start_timer(std::chrono::seconds{0}, via{others, "one"}, 2); });
  CHECK(w.noted.take(1) == events{"a: timeout 2"});
  others.unregister_name("one");
}
