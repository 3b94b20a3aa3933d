// A process is an actor for plain CAF actors of its own node.
#include "tests/support/world.hpp"

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

namespace {

const auto late = exit_reason::of(std::string{"late"});

/// The answer to a request of an int: values of these types, or the error.
template <class... Ts>
std::string answer(world& w, const pid& process) {
  caf::scoped_actor self{w.system};
  std::string result;
  self->request(process, patience, 1)
      .receive([&](const Ts&... xs) { result = to_string(caf::make_message(xs...)); },
               [&](const caf::error& why) { result = w.system.render(why); });
  return result;
}

} // namespace

TEST_CASE("a request always gets a response", "[plain_actor]") {
  world w;
  SECTION("the one that the handler gives") {
    auto a = w.spawn("a", [](auto&) {
      verbs::respond(1, std::string{"two"});
      verbs::respond(3); // it is answered already
    });
    CHECK(answer<int, std::string>(w, a) == R"((1, "two"))");
  }
  SECTION("an empty one where it gives none") {
    CHECK(answer<>(w, w.spawn("a")) == "<empty-message>");
  }
  SECTION("an error that the handler gives") {
    auto a =
        w.spawn("a", [](auto&) { verbs::respond(caf::make_error(caf::sec::bad_function_call)); });
    CHECK(answer<>(w, a) == w.system.render(caf::make_error(caf::sec::bad_function_call)));
  }
  SECTION("an error when the handler crashes or leaves") {
    auto crashes = GENERATE(true, false);
    auto a = w.spawn("a", [crashes](auto&) {
      if (crashes) throw std::runtime_error{"oops"};
      verbs::exit(exit_reason::normal());
    });
    CHECK(answer<>(w, a) == w.system.render(caf::sec::request_receiver_down));
  }
  SECTION("an error when the process is dead") {
    auto a = w.spawn("a");
    w.end(a, exit_reason::normal());
    CHECK(answer<>(w, a) == w.system.render(caf::sec::request_receiver_down));
  }
  SECTION("later, by a promise that the handler took") {
    auto a = w.spawn("a", [](auto&) {
      auto promise = process::current()->make_response_promise();
      verbs::send(verbs::self(), task{[promise]() mutable { promise.deliver(7); }});
    });
    CHECK(answer<int>(w, a) == "(7)");
  }
}

TEST_CASE("a response to no request is dropped", "[plain_actor]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] { verbs::respond(1); });
  SUCCEED();
}

TEST_CASE("CAF actors and processes send to each other", "[plain_actor]") {
  world w;
  auto a = w.spawn("a");
  auto plain = w.spawn_plain("plain");
  w.in(a, [&] { verbs::send(plain, 1); });
  CHECK(w.noted.take(1) == events{"plain: 1"});
  w.in_plain(plain, [&](auto* self) { self->send(a, 2); });
  CHECK(w.noted.take(1) == events{"a: 2"});
}

TEST_CASE("CAF actors monitor processes", "[plain_actor]") {
  world w;
  auto a = w.spawn("a");
  auto plain = w.spawn_plain("plain");
  w.in_plain(plain, [&](auto* self) { self->monitor(a); });
  w.end(a, late);
  CHECK(w.noted.take(1) == events{R"(plain: down_msg ("late"))"});
  caf::scoped_actor scoped{w.system};
  scoped->monitor(a);
  scoped->receive([&](const caf::down_msg& x) { CHECK(exit_reason{x.reason} == late); });
}

TEST_CASE("processes monitor CAF actors", "[plain_actor]") {
  world w;
  auto watcher = w.spawn("watcher");
  auto plain = w.spawn_plain("plain");
  w.in(watcher, [&] { verbs::monitor(plain); });
  w.in_plain(plain, [](auto* self) { self->quit(caf::exit_reason::user_shutdown); });
  CHECK(w.noted.take(1) == events{"watcher: down shutdown"});
  w.in(watcher, [&] { verbs::monitor(plain); });
  CHECK(w.noted.take(1) == events{"watcher: down noproc"});
}

TEST_CASE("links between CAF actors and processes work both ways", "[plain_actor]") {
  world w;
  auto a = w.spawn("a");
  auto plain = w.spawn_plain("plain");
  w.in(a, [] { verbs::trap_exit(true); });
  if (GENERATE(true, false))
    w.in(a, [&] { verbs::link(plain); });
  else
    w.in_plain(plain, [&](auto* self) { self->link_to(a); });
  SECTION("the CAF actor ends") {
    w.in_plain(plain, [](auto* self) { self->quit(caf::exit_reason::user_shutdown); });
    CHECK(w.noted.take(1) == events{"a: EXIT shutdown"});
  }
  SECTION("the process ends") {
    exit(a, exit_reason::kill());
    CHECK(w.noted.take(1) == events{"plain: exit_msg killed"});
  }
  SECTION("the process unlinks") {
    w.in(a, [&] { verbs::unlink(plain); });
    w.in_plain(plain, [&](auto* self) {
      self->send(a, 1);
      self->quit(caf::exit_reason::user_shutdown);
      self->send(a, 2);
    });
    CHECK(w.noted.take(2) == events{"a: 1", "a: 2"});
  }
}

TEST_CASE("exit reaches a CAF actor, and leaves the link in place", "[plain_actor]") {
  world w;
  auto a = w.spawn("a");
  auto plain = w.spawn_plain("plain");
  w.in(a, [&] {
    verbs::link(plain);
    verbs::exit(plain, late);
  });
  CHECK(w.noted.take(1) == events{R"(plain: exit_msg ("late"))"});
  w.end(a, exit_reason::shutdown());
  CHECK(w.noted.take(1) == events{"plain: exit_msg shutdown"});
}

TEST_CASE("a CAF actor that nobody holds any more ends its link", "[plain_actor]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] { verbs::trap_exit(true); });
  auto plain =
      w.system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  w.in(a, [&] { verbs::link(plain); });
  plain = nullptr;
  CHECK(w.noted.take(1).front().starts_with("a: EXIT "));
  w.in(a, [] { CHECK(process::current()->info()->links.empty()); });
}

TEST_CASE("a CAF actor that links to a dead process hears noproc", "[plain_actor]") {
  world w;
  auto a = w.spawn("a");
  auto plain = w.spawn_plain("plain");
  w.end(a, exit_reason::normal());
  w.in_plain(plain, [&](auto* self) { self->link_to(a); });
  CHECK(w.noted.take(1) == events{"plain: exit_msg noproc"});
}

TEST_CASE("CAF's exit messages are exit signals", "[plain_actor]") {
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher");
  auto plain = w.spawn_plain("plain");
  w.in(watcher, [&] { verbs::monitor(a); });
  auto is_linked = GENERATE(true, false);
  if (is_linked) w.in(a, [&] { verbs::link(plain); });
  // Between the two that hear of the end there is no order.
  auto watcher_hears = [&] {
    for (const auto& each : w.noted.take(is_linked ? 2 : 1))
      if (each.starts_with("watcher: ")) return each.substr(9);
    return std::string{};
  };
  SECTION("anon_send_exit") {
    caf::anon_send_exit(a, caf::exit_reason::user_shutdown);
    CHECK(watcher_hears() == "down shutdown");
  }
  SECTION("an actor's send_exit") {
    w.in_plain(plain, [&](auto* self) { self->send_exit(a, caf::exit_reason::user_shutdown); });
    CHECK(watcher_hears() == "down shutdown");
  }
  SECTION("a scoped actor's send_exit") {
    caf::scoped_actor self{w.system};
    self->send_exit(a, caf::exit_reason::user_shutdown);
    CHECK(watcher_hears() == "down shutdown");
  }
  SECTION("kill") {
    w.in(a, [] { verbs::trap_exit(true); });
    w.in_plain(plain, [&](auto* self) { self->send_exit(a, caf::exit_reason::kill); });
    CHECK(watcher_hears() == "down killed");
  }
}

TEST_CASE("a process ends CAF actors by exit", "[plain_actor]") {
  world w;
  auto a = w.spawn("a");
  auto plain =
      w.system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  w.in(a, [&] {
    verbs::monitor(plain);
    verbs::exit(plain, exit_reason::shutdown());
  });
  CHECK(w.noted.take(1) == events{"a: down shutdown"});
}
