#include "tests/support/bodies.hpp"

using namespace vaquero;
using namespace vaquero::test;
using namespace std::chrono_literals;

/// Not in the unnamed namespace: only exported functions have names in a stack.
[[gnu::noinline]] void throw_from_a_body() { throw std::domain_error{"text"}; }

namespace {

const auto late = exit_reason::of(std::string{"late"});

/// Says when it is destroyed, and where.
struct guard {
  guard(event_list& list, std::string what) : noted(&list), name(std::move(what)) {}
  guard(guard&& other) noexcept
      : noted(std::exchange(other.noted, nullptr)), name(std::move(other.name)) {}
  ~guard() {
    if (noted) noted->note(name + (process::current() ? " gone inside" : " gone outside"));
  }
  event_list* noted;
  std::string name;
};

process_body wait_for_ever() { co_await receive<nobody_answers>(); }

} // namespace

TEST_CASE("a function process ends as its function does", "[spawn]") {
  world w;
  SECTION("returning is normal") {
    CHECK(run(w, []() -> process_body { co_return; }) == exit_reason::normal());
    CHECK(run(w, [] {}) == exit_reason::normal());
  }
  SECTION("exit says why, at the first step and at a later one") {
    CHECK(run(w, [] { exit(late); }) == late);
    CHECK(run(w, []() -> process_body {
            exit(late);
            co_return;
          }) == late);
    CHECK(run(w, []() -> process_body {
            co_await sleep(0s);
            exit(late);
          }) == late);
    CHECK(w.home.crash_log().total() == 0);
  }
  SECTION("an exception is a crash with type, text and stack") {
    for (bool is_late : {false, true}) {
      auto crash = run(w, [is_late]() -> process_body {
                     if (is_late) co_await sleep(0s);
                     throw_from_a_body();
                   }).crash();
      CHECK(crash.type == "std::domain_error");
      CHECK(crash.text == "text");
      CHECK(crash.stack.find("throw_from_a_body") != std::string::npos);
    }
    CHECK(run(w, [] { throw_from_a_body(); }).crash().text == "text");
  }
}

TEST_CASE("what a suspended body holds is destroyed before others hear of its end", "[spawn]") {
  world w;
  auto watcher = w.spawn("watcher");
  auto a = w.track(spawn(w.home, [&, held = guard{w.noted, "capture"}]() -> process_body {
    guard local{w.noted, "local"};
    w.noted.note("waiting");
    co_await receive<nobody_answers>();
  }));
  CHECK(w.noted.take(1) == events{"waiting"});
  w.in(watcher, [&] { process_verbs::monitor(a); });
  exit(a, exit_reason::kill());
  CHECK(w.noted.take(3) ==
        events{"local gone inside", "capture gone inside", "watcher: down killed"});
}

TEST_CASE("what a body's routines hold is destroyed with it, the innermost first", "[spawn]") {
  struct parts {
    static process_body inner(event_list& noted) {
      guard local{noted, "inner"};
      noted.note("waiting");
      co_await receive<nobody_answers>();
    }
  };
  world w;
  auto a = w.track(spawn(w.home, [&]() -> process_body {
    guard local{w.noted, "outer"};
    co_await parts::inner(w.noted);
  }));
  CHECK(w.noted.take(1) == events{"waiting"});
  exit(a, exit_reason::kill());
  CHECK(w.noted.take(2) == events{"inner gone inside", "outer gone inside"});
}

TEST_CASE("a process keeps its function and arguments", "[spawn]") {
  world w;
  SECTION("captures and references to arguments stay valid") {
    auto body = [text = std::string(100, 'x')](const std::string& by_reference,
                                               std::unique_ptr<int> only_moved) -> process_body {
      auto number = co_await receive<int>();
      send(co_await receive<pid>(), text + by_reference + std::to_string(number + *only_moved));
    };
    auto a = spawn(w.home, body, std::string(100, 'y'), std::make_unique<int>(1));
    auto noting = w.spawn("b");
    send(a, noting);
    send(a, 2);
    CHECK(w.noted.take(1) ==
          events{"b: (\"" + std::string(100, 'x') + std::string(100, 'y') + "3\")"});
  }
  SECTION("they are gone when it has ended, though its handle is held") {
    auto shared = std::make_shared<int>(1);
    auto a = spawn(
        w.home, [shared](std::shared_ptr<int>) {}, shared);
    end_of(a);
    CHECK(shared.use_count() == 1);
  }
  SECTION("a function by its name, with a text for a string") {
    struct parts {
      static process_body say(event_list& noted, std::string what) {
        noted.note(what);
        co_return;
      }
    };
    spawn(w.home, &parts::say, std::ref(w.noted), "hello");
    CHECK(w.noted.take(1) == events{"hello"});
  }
}

TEST_CASE("a function process lives without handles", "[spawn]") {
  world w;
  spawn(w.home, [&]() -> process_body {
    register_as("a");
    w.noted.note("ready");
    co_await receive<int>();
    w.noted.note("done");
  });
  w.noted.take(1);
  send(*w.home.whereis("a"), 1);
  CHECK(w.noted.take(1) == events{"done"});
}

TEST_CASE("spawn_link is atomic", "[spawn]") {
  world w;
  auto end = run(w, [&]() -> process_body {
    trap_exit(true);
    for (int i = 0; i < 1'000; ++i) {
      auto child = spawn_link([] { exit(late); });
      auto signal = co_await receive<exit_signal>();
      CHECK((signal.from == child.address() && signal.reason == late));
    }
    auto normal = spawn_link([] {});
    auto first = co_await receive<exit_signal>();
    CHECK(first.reason == exit_reason::normal());
    spawn_link([] { exit(exit_reason::kill()); }); // through a link it can be trapped
    auto second = co_await receive<exit_signal>();
    CHECK(second.reason == exit_reason::kill());
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("a linked child takes its parent along, and goes with it", "[spawn]") {
  world w;
  CHECK(run(w, [&]() -> process_body {
          spawn_link([] { exit(late); });
          co_await receive<nobody_answers>();
        }) == late);
  std::promise<pid> born;
  auto parent = w.track(spawn(w.home, [&]() -> process_body {
    born.set_value(spawn_link(wait_for_ever));
    co_await receive<nobody_answers>();
  }));
  auto child = w.track(born.get_future().get());
  exit(parent, exit_reason::kill());
  CHECK(end_of(child) == exit_reason::killed());
}

TEST_CASE("spawn_monitor is atomic", "[spawn]") {
  world w;
  auto end = run(w, [&]() -> process_body {
    for (int i = 0; i < 1'000; ++i) {
      auto child = spawn_monitor([] { exit(late); });
      auto told = co_await receive<down>();
      CHECK((told.ref == child.ref && told.process == child.process.address()));
      CHECK(told.reason == late);
    }
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("processes that are classes are spawned linked and monitored, too", "[spawn]") {
  struct short_lived : scheduled_process {
    using scheduled_process::scheduled_process;
    void init() override { exit(late); }
    void handle_message(caf::mailbox_element&) override {}
  };
  world w;
  auto end = run(w, [&]() -> process_body {
    trap_exit(true);
    auto linked = spawn_process_link<short_lived>();
    auto signal = co_await receive<exit_signal>();
    CHECK((signal.from == linked.address() && signal.reason == late));
    auto monitored = spawn_process_monitor<short_lived>();
    auto told = co_await receive<down>();
    CHECK((told.ref == monitored.ref && told.reason == late));
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("only a process has children", "[spawn]") {
  CHECK_THROWS_AS(spawn([] {}), std::logic_error);
  CHECK_THROWS_AS(spawn_link([] {}), std::logic_error);
  CHECK_THROWS_AS(spawn_monitor([] {}), std::logic_error);
}

TEST_CASE("routines are awaited like calls", "[spawn]") {
  struct parts {
    static routine<int> ask(int number) {
      send(self(), number);
      co_return co_await receive<int>() + 1;
    }
    static routine<int> nothing() { co_return 1; }
    static routine<> fail() {
      co_await sleep(0s);
      throw std::out_of_range{"inner"};
    }
  };
  world w;
  auto end = run(w, [&]() -> process_body {
    auto sum = co_await parts::ask(co_await parts::ask(1));
    CHECK(sum == 3);
    std::string thrown;
    try {
      co_await parts::fail();
    } catch (const std::out_of_range& what) {
      thrown = what.what();
    }
    CHECK(thrown == "inner");
    int total = 0;
    for (int i = 0; i < 200'000; ++i) // each by a call would need a stack that no thread has
      total += co_await parts::nothing();
    CHECK(total == 200'000);
  });
  CHECK(end == exit_reason::normal());
  CHECK(run(w, []() -> process_body { co_await parts::fail(); }).crash().text == "inner");
}

TEST_CASE("requests that a body has not answered when it ends are refused", "[spawn]") {
  world w;
  caf::scoped_actor self{w.system};
  auto a = w.track(spawn(w.home, []() -> process_body {
    co_await receive<std::string>();
    co_await receive<int>(); // the one request; the other is not looked for
    throw std::runtime_error{"no answer"};
  }));
  auto kept = self->request(a, patience, 1.5);
  auto received = self->request(a, patience, 1);
  send(a, std::string{});
  for (auto* request : {&kept, &received})
    request->receive([] { FAIL("an answer"); },
                     [](const caf::error& why) { CHECK(why == caf::sec::request_receiver_down); });
}

TEST_CASE("a function process is small", "[spawn]") {
  // One of a plain function, with the control block that CAF puts in front, and without the frame.
  using minimal = detail::process_of<process_body (*)()>;
  CHECK(sizeof(caf::actor_storage<minimal>) <= 312);
}
