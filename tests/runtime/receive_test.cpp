#include "tests/support/bodies.hpp"

#include <random>

using namespace vaquero;
using namespace vaquero::test;
using namespace std::chrono_literals;

namespace {

struct ping {
  pid from;
  int number;
};
struct pong {
  int number;
};
struct letter {
  std::string text;
};

process_body ponger(int add) {
  for (;;) {
    auto request = co_await receive<ping>();
    send(request.from, pong{request.number + add});
  }
}

} // namespace

TEST_CASE("two functions play ping-pong", "[receive]") {
  world w;
  auto server = w.track(spawn(w.home, ponger, 1));
  int total = 0;
  auto end = run(w, [&]() -> process_body {
    for (int i = 0; i < 1'000; ++i) {
      send(server, ping{self(), total});
      total = (co_await receive<pong>()).number;
    }
  });
  CHECK(end == exit_reason::normal());
  CHECK(total == 1'000);
}

TEST_CASE("the longest time of any unit waits for ever", "[receive]") {
  world w{{.workers = 1}}; // which runs the other once this one waits
  auto end = run(w, []() -> process_body {
    auto told = [](pid to) -> process_body {
      send(to, pong{7});
      co_return;
    };
    spawn(process::current()->home(), told, self());
    auto got = co_await receive<pong>(std::chrono::hours::max());
    CHECK((got && got->number == 7));
    spawn(process::current()->home(), told, self());
    got = co_await receive_if<pong>([](auto& x) { return x.number == 7; },
                                    std::chrono::milliseconds::max());
    CHECK(got);
    for (auto ref :
         {send_after(std::chrono::hours::max(), self(), 1), start_timer(1e300 * 1h, self(), 2)}) {
      auto left = cancel_timer(ref);
      CHECK((left && *left > 24h));
    }
    got = co_await receive<pong>(std::chrono::hours::min());
    CHECK_FALSE(got);
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("receive takes the oldest that matches, and leaves the rest in order", "[receive]") {
  world w;
  std::vector<int> seen;
  auto end = run(w, [&]() -> process_body {
    for (int i = 0; i < 3; ++i) {
      send(self(), i);
      send(self(), pong{i + 10});
    }
    for (int i = 0; i < 2; ++i)
      seen.push_back((co_await receive<pong>()).number);
    for (int i = 0; i < 3; ++i)
      seen.push_back(co_await receive<int>());
    seen.push_back((co_await receive<pong>()).number);
  });
  CHECK(end == exit_reason::normal());
  CHECK(seen == std::vector{10, 11, 0, 1, 2, 12});
}

TEST_CASE("a receive of several types gives the oldest of them", "[receive]") {
  world w;
  auto end = run(w, [&]() -> process_body {
    send(self(), letter{"not now"});
    send(self(), pong{1});
    send(self(), 2);
    auto first = co_await receive<int, pong>();
    CHECK(std::get<pong>(first).number == 1);
    auto second = co_await receive<int, pong>();
    CHECK(std::get<int>(second) == 2);
    auto third = co_await receive<int, letter>();
    CHECK(std::get<letter>(third).text == "not now");
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("a guard chooses among messages of a type", "[receive]") {
  world w;
  auto end = run(w, [&]() -> process_body {
    for (int i = 0; i < 4; ++i)
      send(self(), i);
    auto above = co_await receive_if<int>([](int x) { return x > 1; });
    CHECK(above == 2);
    auto first = co_await receive<int>();
    CHECK(first == 0);
    auto above_in_time = co_await receive_if<int>([](int x) { return x > 1; }, 1h);
    CHECK(above_in_time == 3);
    auto none = co_await receive_if<int>([](int x) { return x > 1; }, 0s);
    CHECK_FALSE(none);
    auto last = co_await receive<int>();
    CHECK(last == 1);
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("a guard that throws crashes the process", "[receive]") {
  world w;
  auto a = w.track(spawn(w.home, []() -> process_body {
    co_await receive_if<int>([](int) -> bool { throw std::runtime_error{"guard"}; });
  }));
  send(a, 1);
  CHECK(end_of(a).crash().text == "guard");
}

TEST_CASE("any message can be received, of any number of values", "[receive]") {
  world w;
  std::promise<pid> ready;
  auto a = w.track(spawn(w.home, [&]() -> process_body {
    auto pair = co_await receive<std::tuple<int, std::string>>();
    w.noted.note(std::to_string(std::get<0>(pair)) + std::get<1>(pair));
    auto any = co_await receive<caf::message>();
    w.noted.note(to_string(any));
    auto one_of = co_await receive<int, caf::message>();
    w.noted.note(std::to_string(one_of.index()));
    co_await receive<std::tuple<>>();
    w.noted.note("empty");
  }));
  caf::anon_send(a, 1, 2);
  caf::anon_send(a, 7, "seven");
  caf::anon_send(a, 1.5);
  CHECK(w.noted.take(3) == events{"7seven", "(1, 2)", "1"});
  caf::anon_send(a, caf::make_message());
  CHECK(w.noted.take(1) == events{"empty"});
}

TEST_CASE("what others receive as well is copied, not moved", "[receive]") {
  world w;
  const auto shared = caf::make_message(std::string{"a text that has to be allocated somewhere"});
  auto end = run(w, [&]() -> process_body {
    self()->enqueue(nullptr, caf::make_message_id(), shared, nullptr);
    auto text = co_await receive<std::string>();
    CHECK(text == shared.get_as<std::string>(0));
  });
  CHECK(end == exit_reason::normal());
  CHECK(shared.get_as<std::string>(0).starts_with("a text"));
}

TEST_CASE("a receive with a time gives nothing when it is over", "[receive]") {
  world w;
  auto end = run(w, [&]() -> process_body {
    send(self(), 1);
    auto in_a_while = co_await receive<pong>(1ms);
    CHECK_FALSE(in_a_while);
    auto at_once = co_await receive<pong>(0s);
    CHECK_FALSE(at_once);
    auto long_ago = co_await receive<pong>(-1s);
    CHECK_FALSE(long_ago);
    auto number = co_await receive<int>(0s);
    CHECK(number == 1);
    auto rest = co_await receive<caf::message>(0s);
    CHECK_FALSE(rest); // of what it was told by timers nothing is left
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("a receive of no time takes what is in the inbox", "[receive]") {
  world w;
  auto end = run(w, [&]() -> process_body {
    send(self(), pong{1});
    send(self(), 1);
    auto number = co_await receive<int>(0s);
    CHECK(number == 1);
    send(self(), 2);
    auto found = co_await receive<int, pong>(0s);
    CHECK(std::get<pong>(*found).number == 1);
    auto second = co_await receive<int>(timer_clock::duration::max());
    CHECK(second == 2);
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("a time that was not needed leaves nothing behind", "[receive]") {
  world w;
  auto end = run(w, [&]() -> process_body {
    for (int i = 0; i < 100; ++i) {
      send(self(), i);
      auto number = co_await receive<int>(i % 2 == 0 ? 1h : 0h);
      CHECK(number == i);
    }
    auto rest = co_await receive<caf::message>(0s);
    CHECK_FALSE(rest);
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("signals that are messages are received like others", "[receive]") {
  world w;
  auto other = w.spawn("other");
  auto end = run(w, [&]() -> process_body {
    trap_exit(true);
    send(self(), letter{"between"});
    auto timer = start_timer(1ms, self(), 7);
    auto fired = co_await receive<timeout<int>>();
    CHECK((fired.ref == timer && fired.message == 7));
    link(other);
    auto ref = monitor(other);
    exit(other, exit_reason::shutdown());
    auto ended = co_await receive<down>();
    CHECK(ended.ref == ref);
    auto signal = co_await receive<exit_signal>();
    CHECK(signal.from == other.address());
    auto between = co_await receive<letter>();
    CHECK(between.text == "between");
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("a flush finds the down that the body has looked at", "[receive]") {
  world w;
  auto other = w.spawn("other");
  auto end = run(w, [&]() -> process_body {
    auto ref = monitor(other);
    monitor(other);
    exit(other, exit_reason::shutdown());
    send(self(), 1);
    co_await receive_if<down>([&](const down& x) { return x.ref != ref; });
    co_await receive<int>();
    demonitor(ref, true);
    auto rest = co_await receive<caf::message>(0s);
    CHECK_FALSE(rest);
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("a message is looked at once for each receive", "[receive]") {
  constexpr int waiting = 1'000;
  world w;
  int asked = 0;
  auto end = run(w, [&]() -> process_body {
    auto count = [&](int x) {
      ++asked;
      return x < 0;
    };
    auto me = self();
    for (int i = 0; i < waiting; ++i)
      send(me, i);
    send(me, -1);
    co_await receive_if<int>(count);
    CHECK(asked == waiting + 1);
    // They wait again, and what comes now does not have them looked at once more.
    for (int i = 0; i < 10; ++i)
      send(me, letter{});
    send(me, -1);
    co_await receive_if<int>(count);
    CHECK(asked == 2 * (waiting + 1));
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("receives in a random order agree with a list", "[receive]") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  world w;
  auto end = run(w, [&]() -> process_body {
    std::mt19937 random{seed};
    std::vector<std::pair<int, int>> model; // which kind, which number
    std::vector<std::pair<int, int>> expected;
    std::vector<std::pair<int, int>> seen;
    auto note_oldest = [&](auto&& matches) {
      auto found = std::ranges::find_if(model, matches);
      expected.push_back(found == model.end() ? std::pair{-1, -1} : *found);
      if (found != model.end()) model.erase(found);
    };
    for (int step = 0; step < 20'000; ++step) {
      const auto what = random() % 8;
      if (what < 4) {
        const int kind = static_cast<int>(what % 3);
        model.emplace_back(kind, step);
        if (kind == 0) send(self(), step);
        if (kind == 1) send(self(), pong{step});
        if (kind == 2) send(self(), std::to_string(step));
      } else if (what == 4) {
        note_oldest([](auto& x) { return x.first == 0; });
        auto got = co_await receive<int>(0s);
        seen.push_back(got ? std::pair{0, *got} : std::pair{-1, -1});
      } else if (what == 5) {
        note_oldest([](auto& x) { return x.first == 1 && x.second % 2 == 0; });
        auto got = co_await receive_if<pong>([](auto& x) { return x.number % 2 == 0; }, 0s);
        seen.push_back(got ? std::pair{1, got->number} : std::pair{-1, -1});
      } else if (what == 6) {
        note_oldest([](auto& x) { return x.first != 0; });
        auto got = co_await receive<pong, std::string>(0s);
        seen.push_back(!got                ? std::pair{-1, -1}
                       : got->index() == 0 ? std::pair{1, std::get<0>(*got).number}
                                           : std::pair{2, std::stoi(std::get<1>(*got))});
      } else if (!model.empty()) {
        const auto kind = model.front().first;
        note_oldest([](auto&) { return true; });
        co_await receive<caf::message>();
        seen.emplace_back(kind, expected.back().second);
      }
    }
    CHECK(seen == expected);
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("an exit signal acts between two messages that waited", "[receive]") {
  world w;
  std::promise<void> entered;
  std::promise<void> open;
  int taken = 0;
  auto a = w.track(spawn(w.home, [&]() -> process_body {
    for (int i = 0; i < 100; ++i)
      send(self(), i);
    send(self(), pong{0});
    co_await receive<pong>();
    for (;;) {
      co_await receive<int>();
      if (++taken == 1) {
        entered.set_value();
        open.get_future().wait();
      }
    }
  }));
  entered.get_future().wait();
  exit(a, exit_reason::kill());
  open.set_value();
  CHECK(end_of(a) == exit_reason::killed());
  CHECK(taken == 1);
}

TEST_CASE("a body that has much waiting lets other processes run", "[receive]") {
  world w{{.workers = 1, .budget = 10}};
  constexpr int many = 1'000; // a turn is 10 messages, or 16 times as many of those that wait
  bool other_ran = false;
  bool ran_meanwhile = false;
  auto end = run(w, [&]() -> process_body {
    for (int i = 0; i < many; ++i)
      send(self(), i);
    send(self(), pong{0});
    co_await receive<pong>();
    spawn([&] { other_ran = true; });
    for (int i = 0; i < many; ++i)
      co_await receive<int>();
    ran_meanwhile = other_ran;
  });
  CHECK(end == exit_reason::normal());
  CHECK(ran_meanwhile);
}

TEST_CASE("what a body has passed over still waits in its mailbox", "[receive]") {
  world w;
  std::uint32_t before = 0;
  std::uint32_t after = 0;
  auto end = run(w, [&]() -> process_body {
    for (int i = 0; i < 3; ++i)
      send(self(), i);
    send(self(), pong{0});
    co_await receive<pong>();
    before = info_of(self())->message_queue_len;
    co_await receive<int>();
    after = info_of(self())->message_queue_len;
  });
  CHECK(end == exit_reason::normal());
  CHECK(before == 3);
  CHECK(after == 2);
}
