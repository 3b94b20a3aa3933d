#include "tests/support/world.hpp"

#include <thread>

using namespace vaquero;
using namespace vaquero::test;
using namespace std::chrono_literals;
using verbs = process_verbs;

namespace {

/// Cancels a timer when it is destroyed, as the message of another timer.
struct canceller {
  canceller(timer_service& timers, timer_ref ref)
      : cancel(nullptr, [&timers, ref](void*) { timers.cancel(ref); }) {}
  std::shared_ptr<void> cancel;
};

} // namespace

template <>
inline constexpr bool vaquero::local_only<canceller> = true;

TEST_CASE("start_timer sends a timeout with its reference", "[timers]") {
  world w;
  std::promise<timeout<int>> got;
  auto a = w.spawn("a", [&](caf::mailbox_element& mail) {
    got.set_value(mail.content().get_as<timeout<int>>(0));
  });
  auto ref = w.in(a, [] { return verbs::start_timer(0s, verbs::self(), 7); });
  auto arrived = got.get_future().get();
  CHECK(arrived.ref == ref);
  CHECK(arrived.message == 7);
}

TEST_CASE("send_after sends the message itself", "[timers]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] { verbs::send_after(1ms, verbs::self(), 7); });
  CHECK(w.noted.take(1) == events{"a: 7"});
}

TEST_CASE("timers fire in the order of their deadlines", "[timers]") {
  world w;
  auto a = w.spawn("a");
  auto at = timer_clock::now() + 10ms;
  start_timer(w.home, at + 2ms, a, 3);
  send_after(w.home, at, a, 1);
  send_after(w.home, at, a, 2);
  CHECK(w.noted.take(3) == events{"a: 1", "a: 2", "a: timeout 3"});
}

TEST_CASE("a timer to a name asks for the name when it fires", "[timers]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  w.in(a, [] {
    verbs::send_after(0s, "late", 0); // to nobody yet: dropped
    verbs::send_after(0s, verbs::self(), 1);
  });
  CHECK(w.noted.take(1) == events{"a: 1"});
  w.in(a, [] { verbs::register_as("late"); });
  auto ref = w.in(a, [] { return verbs::send_after(1h, "late", 2); });
  w.end(a, exit_reason::normal());
  CHECK(w.home.timers().read(ref)); // it is for whoever has the name then
  w.home.timers().cancel(ref);
  w.in(b, [] {
    verbs::register_as("late");
    verbs::send_after(0s, "late", 3);
  });
  CHECK(w.noted.take(1) == events{"b: 3"});
}

TEST_CASE("cancel and read give the time that is left", "[timers]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] {
    auto ref = verbs::start_timer(1h, verbs::self(), 1);
    auto left = verbs::read_timer(ref);
    REQUIRE(left);
    CHECK((*left > 0s && *left <= 1h));
    CHECK(verbs::cancel_timer(ref));
    CHECK(verbs::cancel_timer(ref) == std::nullopt);
    CHECK(verbs::read_timer(ref) == std::nullopt);
    CHECK(verbs::cancel_timer(timer_ref{}) == std::nullopt);
    CHECK(verbs::cancel_timer(timer_ref{0xFF}) == std::nullopt); // of a queue that is not there
  });
}

TEST_CASE("a timer that fired cannot be cancelled", "[timers]") {
  world w;
  auto a = w.spawn("a");
  auto ref = w.in(a, [] { return verbs::send_after(0s, verbs::self(), 1); });
  CHECK(w.noted.take(1) == events{"a: 1"});
  CHECK(w.in(a, [&] { return verbs::cancel_timer(ref); }) == std::nullopt);
}

TEST_CASE("a process's timers are gone before anybody hears of its end", "[timers]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  std::vector<timer_ref> refs;
  auto watcher = w.spawn("watcher", [&](auto&) {
    for (auto ref : refs)
      w.noted.note(verbs::read_timer(ref) ? "there" : "gone");
  });
  w.in(watcher, [&] { verbs::monitor(a); });
  refs.push_back(w.in(a, [&] { return verbs::start_timer(1h, a, 1); }));
  refs.push_back(w.in(b, [&] { return verbs::start_timer(1h, a, 2); })); // for it, by another
  refs.push_back(w.in(a, [&] { return verbs::start_timer(1h, b, 3); })); // by it, for another
  exit(a, exit_reason::kill());
  CHECK(w.noted.take(3) == events{"gone", "gone", "there"});
}

TEST_CASE("a timer for a dead process is not kept", "[timers]") {
  world w;
  auto a = w.spawn("a");
  SECTION("one that is dead") {
    w.end(a, exit_reason::normal());
    CHECK(w.home.timers().read(start_timer(w.home, timer_clock::now() + 1h, a, 1)) == std::nullopt);
  }
  SECTION("one that is ending") {
    timer_ref ref;
    caf::actor_cast<caf::abstract_actor*>(a)->attach_functor(
        [&, weak = caf::actor_cast<caf::weak_actor_ptr>(a)] {
          auto dying = caf::actor_cast<pid>(weak.lock());
          ref = start_timer(w.home, timer_clock::now() + 1h, dying, 1);
        });
    w.end(a, exit_reason::normal());
    CHECK(ref);
    CHECK(w.home.timers().read(ref) == std::nullopt);
  }
}

TEST_CASE("a message may use the timers when it is destroyed", "[timers]") {
  world w;
  auto a = w.spawn("a");
  auto& timers = w.home.timers();
  auto at = timer_clock::now() + 1h;
  auto other = send_after(w.home, at, a, 1);
  auto ref = send_after(w.home, at, "nobody", canceller{timers, other});
  CHECK(timers.cancel(ref));
  CHECK(timers.read(other) == std::nullopt);
  auto second = send_after(w.home, at, "nobody", 1);
  send_after(w.home, at, a, canceller{timers, second});
  w.end(a, exit_reason::normal());
  CHECK(timers.read(second) == std::nullopt);
}

TEST_CASE("a timer after more time than the clock has waits for ever", "[timers]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] {
    auto ref = verbs::send_after(timer_clock::duration::max(), verbs::self(), 1);
    CHECK(verbs::read_timer(ref) > 24h);
    verbs::send_after(timer_clock::duration::min(), verbs::self(), 2);
  });
  CHECK(w.noted.take(1) == events{"a: 2"});
}

TEST_CASE("verbs outside of a process are refused", "[timers]") {
  CHECK_THROWS_AS(verbs::self(), std::logic_error);
  CHECK_THROWS_AS(verbs::read_timer(timer_ref{1}), std::logic_error);
}

TEST_CASE("each reference leads to its own driver", "[timers]") {
  names nobody;
  timer_service timers{nobody};
  int woken = 0;
  auto& loop = timers.add_driver([&] { ++woken; });
  const auto now = timer_clock::now();
  auto event = [](timer_ref) { return timer_event{}; };
  auto later = loop.add(now + 2h, nullptr, event);
  CHECK(woken == 1);
  auto sooner = loop.add(now + 1h, nullptr, event);
  CHECK(woken == 2);
  auto last = loop.add(now + 3h, nullptr, event);
  CHECK(woken == 2); // it need not be looked at before the others
  CHECK(loop.next_deadline() == now + 1h);
  int fired = 0;
  loop.fire(now + 2h, [&](timer_event&&) { ++fired; });
  CHECK(fired == 2);
  CHECK_FALSE(timers.cancel(later));
  CHECK_FALSE(timers.cancel(sooner));
  CHECK(timers.cancel(last));
}

TEST_CASE("a node has queues for 255 loops", "[timers]") {
  names nobody;
  timer_service timers{nobody};
  for (int i = 0; i < 255; ++i)
    timers.add_driver([] {});
  CHECK_THROWS_AS(timers.add_driver([] {}), std::length_error);
}

TEST_CASE("any thread may start and cancel timers", "[timers]") {
  constexpr int each = 2'000;
  world w;
  std::atomic<int> arrived = 0;
  auto a = w.spawn("a", [&](auto&) { ++arrived; });
  std::atomic<int> cancelled = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < each; ++i) {
          auto ref = send_after(w.home, timer_clock::now() + 1ms * (i % 3), a, i);
          if (i % 2 == 0 && w.home.timers().cancel(ref)) ++cancelled;
        }
      });
  }
  // All that was not cancelled arrives before what is due later.
  auto b = w.spawn("b");
  send_after(w.home, timer_clock::now() + 5ms, b, 1);
  CHECK(w.noted.take(1) == events{"b: 1"});
  w.in(a, [] {});
  CHECK(arrived + cancelled == 4 * each);
}

TEST_CASE("a timer that one process started can be read and cancelled by another", "[timers]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  auto ref = w.in(a, [&] { return verbs::start_timer(1h, a, 1); });
  CHECK(w.in(b, [&] { return verbs::read_timer(ref); }));
  CHECK(w.in(b, [&] { return verbs::cancel_timer(ref); }));
  CHECK_FALSE(w.in(a, [&] { return verbs::read_timer(ref); }));
  CHECK_FALSE(w.in(b, [&] { return verbs::cancel_timer(ref); }));
}

TEST_CASE("a timer for another process is gone with that one, not with who started it",
          "[timers]") {
  world w;
  auto starter = w.spawn("starter");
  auto target = w.spawn("target");
  auto ref = w.in(starter, [&] { return verbs::send_after(timer_clock::now() + 1h, target, 1); });
  auto& queue = w.home.timers().common();
  CHECK(queue.size() == 1);
  w.end(starter, exit_reason::normal());
  CHECK(queue.size() == 1);
  CHECK(queue.read(ref));
  w.end(target, exit_reason::normal());
  CHECK(queue.size() == 0);
}
