// The scheduler: who runs when, that nobody waits for ever, and that who has nothing to do sleeps.
#include "runtime/receive.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/spawn.hpp"
#include "tests/support/world.hpp"

#include <array>
#include <latch>
#include <numeric>
#include <thread>

using namespace vaquero;
using namespace vaquero::test;

namespace {

/// Counts of all workers.
worker_counters total(caf::actor_system& system) {
  worker_counters sum;
  for (const auto& each : count_work(system)) {
    sum.turns += each.turns;
    sum.steals += each.steals;
    sum.sleeps += each.sleeps;
  }
  return sum;
}

/// Sends itself a message for each that it gets, until it is ended.
probe::handler endless(std::atomic<long>& rounds) {
  return [&rounds](caf::mailbox_element&) {
    ++rounds;
    send(process::current()->self(), 0);
  };
}

struct ball {
  pid from;
};

/// Plays to whoever played to it.
probe::handler returning(std::atomic<long>& rounds) {
  return [&rounds](caf::mailbox_element& mail) {
    ++rounds;
    send(mail.content().get_as<ball>(0).from, ball{process::current()->self()});
  };
}

constexpr unsigned many = 8;

struct mayfly : scheduled_process {
  mayfly(caf::actor_config& config, vaquero::node& home, std::latch& ended)
      : scheduled_process(config, home), ended_(ended) {}
  void init() override { exit(exit_reason::normal()); }
  void handle_message(caf::mailbox_element&) override {}
  void before_exit(const exit_reason&) override { ended_.count_down(); }

 private:
  std::latch& ended_;
};

} // namespace

TEST_CASE("there is a worker for each core, or as many as were asked for", "[scheduler]") {
  world w;
  CHECK(count_work(w.system).size() == std::thread::hardware_concurrency());
  world asked{{.workers = many}};
  CHECK(count_work(asked.system).size() == many);
  world too_many{{.workers = workers_max + 1}};
  CHECK(count_work(too_many.system).size() == workers_max);
}

TEST_CASE("a system with CAF's scheduler has no counters and is never known to be idle",
          "[scheduler]") {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system{config};
  CHECK(count_work(system).empty());
  CHECK_FALSE(has_vaquero_scheduler(system));
  CHECK_FALSE(wait_until_idle(system, patience));
}

TEST_CASE("a process that never stops leaves the others their turns on its worker", "[scheduler]") {
  world w{{.workers = 1}};
  std::atomic<long> rounds = 0;
  SECTION("it sends to itself") { send(w.spawn("chain", endless(rounds)), 0); }
  SECTION("two send to each other") {
    auto ping = w.spawn("ping", returning(rounds));
    auto pong = w.spawn("pong", returning(rounds));
    send(pong, ball{ping});
  }
  SECTION("it is a CAF actor") {
    auto plain = w.system.spawn([&rounds](caf::event_based_actor* self) -> caf::behavior {
      return {[self, &rounds](int) {
        ++rounds;
        self->send(self, 0);
      }};
    });
    caf::anon_send(w.track(plain), 0);
  }
  auto third = w.spawn("third");
  auto fourth = w.spawn("fourth");
  send(third, 1);                        // from a thread of no worker
  w.in(third, [&] { send(fourth, 2); }); // from another process
  CHECK(w.noted.take(2) == events{"third: 1", "fourth: 2"});
  const auto seen = rounds.load();
  while (rounds == seen) // and it goes on
    std::this_thread::yield();
}

TEST_CASE("a process has its turn for as many messages as the budget says", "[scheduler]") {
  world w{{.workers = 1, .budget = 10}};
  auto busy = w.spawn("busy");
  auto other = w.spawn("other");
  auto first = w.spawn("first");
  w.in(first, [&] { // nobody else runs meanwhile
    for (int i = 1; i <= 11; ++i)
      send(busy, i);
    send(other, 0);
  });
  events expected;
  for (int i = 1; i <= 10; ++i)
    expected.push_back("busy: " + std::to_string(i));
  expected.push_back("other: 0");
  expected.push_back("busy: 11");
  CHECK(w.noted.take(12) == expected);
}

TEST_CASE("who waits behind a callback that blocks is run by another worker", "[scheduler]") {
  world w{{.workers = 2}};
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  for (int i = 0; i < 100; ++i)
    w.in(a, [&] {
      // Woken by `a`, it lies in the queue of the worker that waits here.
      w.in(b, [] {});
    });
  CHECK(total(w.system).steals >= 1); // fewer, where the other worker still had `b`
}

TEST_CASE("as many processes as there are workers run at the same time", "[scheduler]") {
  world w{{.workers = many}};
  std::vector<pid> all;
  for (unsigned i = 0; i < many; ++i)
    all.push_back(w.spawn("process " + std::to_string(i)));
  std::latch together{many};
  auto meet = [&together] { together.arrive_and_wait(); };
  SECTION("woken from outside") {
    for (const auto& each : all)
      w.tell(each, meet);
  }
  SECTION("woken by one of them") {
    w.tell(all[0], [&] {
      for (unsigned i = 1; i < many; ++i)
        world::tell(all[i], meet);
      meet();
    });
  }
  together.wait();
  for (const auto& each : all)
    w.in(each, [] {});
}

TEST_CASE("a process that writes to itself lets the others go first", "[scheduler]") {
  world w{{.workers = 1}};
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  w.in(a, [&] {
    send(a, 1);
    send(b, 2);
  });
  CHECK(w.noted.take(2) == events{"b: 2", "a: 1"});
}

TEST_CASE("idle workers sleep, and a message wakes one of them", "[scheduler]") {
  world w{{.workers = many}};
  auto a = w.spawn("a");
  constexpr unsigned messages = 1000;
  REQUIRE(wait_until_idle(w.system, patience));
  const auto before = total(w.system);
  for (unsigned i = 0; i < messages; ++i) {
    w.in(a, [] {});
    REQUIRE(wait_until_idle(w.system, patience));
  }
  const auto after = total(w.system);
  CHECK(after.turns - before.turns == messages);
  CHECK(after.sleeps - before.sleeps == messages);
  CHECK(after.steals == before.steals);
  CHECK(wait_until_idle(w.system, std::chrono::milliseconds::max()));
}

TEST_CASE("processes run under CAF's own schedulers as well", "[scheduler]") {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  caf::actor_system system{config};
  node home{system};
  event_list noted;
  auto child = spawn(home, [&]() -> process_body {
    noted.note("first");
    co_await receive<int>();
    noted.note("second");
  });
  CHECK(noted.take(1) == events{"first"});
  send(child, 1);
  CHECK(noted.take(1) == events{"second"});
}

TEST_CASE("no wake-up is lost", "[scheduler]") {
  world w{{.workers = many}};
  constexpr int senders = 4;
  constexpr int rounds = 2'000;
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int i = 0; i < senders; ++i) {
    auto front = w.spawn("front");
    auto back = w.spawn("back");
    threads.emplace_back([&answered, front, back] {
      for (int round = 0; round < rounds; ++round) {
        // Out of this thread into one process, from there into another, and back: each time all that
        // is awake goes to sleep meanwhile.
        std::promise<void> done;
        world::tell(front, [&] { world::tell(back, [&] { done.set_value(); }); });
        if (done.get_future().wait_for(patience) != std::future_status::ready) std::terminate();
        ++answered;
      }
    });
  }
  for (auto& each : threads)
    each.join();
  CHECK(answered == senders * rounds);
}

TEST_CASE("long work that waits is taken by an idle worker", "[scheduler]") {
  world w{{.workers = 2}};
  const auto computing = [](caf::mailbox_element&) {
    // Longer than short work takes, and too short for the watch.
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds{100};
    while (std::chrono::steady_clock::now() < end) {
    }
    send(process::current()->self(), 0);
  };
  auto first = w.spawn("first", computing);
  auto second = w.spawn("second", computing);
  auto starter = w.spawn("starter");
  REQUIRE(wait_until_idle(w.system, patience)); // they have begun, and wait for mail
  w.in(starter, [&] { // both on the worker of this one
    send(first, 0);
    send(second, 0);
  });
  while (total(w.system).steals == 0)
    std::this_thread::yield();
}

TEST_CASE("what several flood one process with arrives once, in the order of each", "[scheduler]") {
  world w{{.workers = 4}};
  constexpr int senders = 3;
  constexpr int rounds = 100;
  constexpr int in_one = 500;
  std::latch all_here{senders * rounds * in_one};
  std::array<int, senders> last{};
  std::atomic<int> out_of_order = 0;
  auto receiver = w.spawn("receiver", [&](caf::mailbox_element& mail) {
    const auto number = mail.content().get_as<int>(0);
    if (last[number % senders]++ != number / senders) ++out_of_order;
    all_here.count_down();
  });
  for (int sender = 0; sender < senders; ++sender) {
    auto from = w.spawn("sender", [receiver, sender, sent = 0](caf::mailbox_element&) mutable {
      for (int i = 0; i < in_one; ++i)
        send(receiver, sent++ * senders + sender);
      if (sent < rounds * in_one) send(process::current()->self(), 0);
    });
    send(from, 0); // from outside: each may begin on another worker
  }
  all_here.wait();
  CHECK(out_of_order == 0);
}

TEST_CASE("each of 200,000 children that one process spawns has one turn", "[scheduler]") {
  constexpr long children = 200'000;
  world w{{.workers = 2}};
  auto parent = w.spawn("parent");
  REQUIRE(wait_until_idle(w.system, patience));
  const auto before = total(w.system).turns;
  std::latch ended{children};
  w.in(parent, [&] {
    for (long i = 0; i < children; ++i)
      spawn_process<mayfly>(w.home, ended);
  });
  ended.wait();
  REQUIRE(wait_until_idle(w.system, patience));
  CHECK(total(w.system).turns - before == children + 1);
}

TEST_CASE("each of 200,000 children that a CAF actor spawns has one turn", "[scheduler]") {
  constexpr long children = 200'000;
  world w{{.workers = 2}};
  auto parent = w.spawn_plain("parent");
  REQUIRE(wait_until_idle(w.system, patience));
  const auto before = total(w.system);
  std::atomic<long> run = 0;
  w.in_plain(parent, [&](caf::event_based_actor* self) {
    for (long i = 0; i < children; ++i)
      self->spawn([&run](caf::event_based_actor*) { ++run; });
  });
  REQUIRE(wait_until_idle(w.system, patience));
  CHECK(run == children);
  const auto after = total(w.system);
  CHECK(after.turns - before.turns == children + 1);
}

TEST_CASE("CAF's actors request, wait, and get delayed messages", "[scheduler]") {
  world w{{.workers = 2}};
  auto doubler =
      w.track(w.system.spawn([]() -> caf::behavior { return {[](int x) { return 2 * x; }}; }));
  auto asker = w.spawn_plain("asker");
  w.in_plain(asker, [&](caf::event_based_actor* self) {
    self->request(doubler, caf::infinite, 21).then([self](int x) {
      self->delayed_send(self, std::chrono::milliseconds{1}, x);
    });
  });
  CHECK(w.noted.take(1) == events{"asker: 42"});
  // A blocking actor has a thread of its own.
  auto own_thread = w.system.spawn<caf::detached>([&, doubler](caf::blocking_actor* self) {
    self->request(doubler, caf::infinite, 4)
        .receive([&](int x) { w.noted.note("blocking: " + std::to_string(x)); },
                 [](const caf::error&) {});
  });
  CHECK(w.noted.take(1) == events{"blocking: 8"});
}

TEST_CASE("a system ends while an actor sends to itself without end", "[scheduler]") {
  std::weak_ptr<int> state;
  {
    caf::actor_system_config config;
    use_vaquero_scheduler(config, {.workers = 2});
    caf::actor_system system{config};
    system.await_actors_before_shutdown(false);
    std::atomic<long> rounds = 0;
    auto held = std::make_shared<int>();
    state = held;
    auto chain = system.spawn(
        [&rounds](caf::event_based_actor* self, std::shared_ptr<int> mine) -> caf::behavior {
          return {[self, &rounds, mine](int) {
            ++rounds;
            rounds.notify_all();
            self->send(self, 0);
          }};
        },
        std::move(held));
    caf::anon_send(chain, 0);
    rounds.wait(0);
  }
  CHECK(state.expired());
}
