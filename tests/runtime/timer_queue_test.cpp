#include "runtime/message_traits.hpp"
#include "runtime/timer_queue.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <random>

using namespace vaquero;
using namespace std::chrono_literals;

namespace {

/// A message that can be asked whether it still exists.
struct tracked {
  std::shared_ptr<int> token;
};

const timer_clock::time_point start{};

auto sends(int value) {
  return [value](timer_ref) { return timer_event{{}, {}, caf::make_message(value)}; };
}

/// What fires at `now`, in order.
std::vector<int> fired(timer_queue& queue, timer_clock::time_point now) {
  std::vector<int> values;
  while (auto event = queue.expire(now))
    values.push_back(event->content.get_as<int>(0));
  return values;
}

using values = std::vector<int>;

} // namespace

template <>
inline constexpr bool vaquero::local_only<tracked> = true;

TEST_CASE("timers fire at their deadline, in its order", "[timer_queue]") {
  timer_queue queue;
  queue.add(start + 30ms, nullptr, sends(3));
  queue.add(start + 10ms, nullptr, sends(1));
  queue.add(start + 20ms, nullptr, sends(2));
  CHECK(queue.next_deadline() == start + 10ms);
  CHECK(fired(queue, start + 10ms - 1ns).empty());
  CHECK(fired(queue, start + 10ms) == values{1});
  CHECK(fired(queue, start + 1h) == values{2, 3});
  CHECK(queue.next_deadline() == std::nullopt);
  CHECK(queue.size() == 0);
}

TEST_CASE("equal deadlines fire in the order they were started", "[timer_queue]") {
  timer_queue queue;
  values expected;
  for (int i = 0; i < 1'000; ++i) {
    queue.add(start + 1s, nullptr, sends(i));
    expected.push_back(i);
  }
  CHECK(fired(queue, start + 1s) == expected);
}

TEST_CASE("a reference reads and cancels its timer, once", "[timer_queue]") {
  timer_queue queue;
  auto ref = queue.add(start + 5s, nullptr, sends(1));
  CHECK(ref);
  CHECK(queue.read(ref) == start + 5s);
  CHECK(queue.cancel(ref) == start + 5s);
  CHECK(queue.cancel(ref) == std::nullopt);
  CHECK(queue.read(ref) == std::nullopt);
  CHECK(fired(queue, start + 1h).empty());
}

TEST_CASE("after it has fired a timer cannot be read or cancelled", "[timer_queue]") {
  timer_queue queue;
  auto ref = queue.add(start, nullptr, sends(1));
  CHECK(fired(queue, start) == values{1});
  CHECK(queue.read(ref) == std::nullopt);
  CHECK(queue.cancel(ref) == std::nullopt);
}

TEST_CASE("a stale reference never hits the timer that took its place", "[timer_queue]") {
  timer_queue queue;
  std::vector<timer_ref> stale;
  for (int i = 0; i < 100; ++i) {
    stale.push_back(queue.add(start, nullptr, sends(i)));
    queue.cancel(stale.back());
  }
  auto living = queue.add(start + 1s, nullptr, sends(100));
  for (auto ref : stale) {
    CHECK(ref != living);
    CHECK(queue.cancel(ref) == std::nullopt);
  }
  CHECK(queue.cancel(timer_ref{}) == std::nullopt);
  CHECK(queue.cancel(timer_ref{~std::uint64_t{0}}) == std::nullopt);
  CHECK(queue.read(living) == start + 1s);
}

TEST_CASE("forget takes the timers of one owner", "[timer_queue]") {
  timer_queue queue;
  const int mine = 0;
  const int other = 0;
  for (int i = 0; i < 10; ++i) {
    queue.add(start, &mine, sends(i));
    queue.add(start, i % 2 == 0 ? &other : nullptr, sends(100 + i));
  }
  auto cancelled = queue.add(start, &mine, sends(50));
  queue.cancel(cancelled);
  CHECK(queue.forget(&mine).size() == 10);
  CHECK(queue.forget(&mine).empty());
  CHECK(fired(queue, start) == values{100, 101, 102, 103, 104, 105, 106, 107, 108, 109});
}

TEST_CASE("a timer's message is gone when it was cancelled", "[timer_queue]") {
  timer_queue queue;
  auto token = std::make_shared<int>();
  auto make = [&](timer_ref) { return timer_event{{}, {}, caf::make_message(tracked{token})}; };
  auto first = queue.add(start, nullptr, make);
  queue.add(start, &token, make);
  CHECK(token.use_count() == 3);
  timer_event event;
  queue.cancel(first, &event);
  CHECK(token.use_count() == 3); // handed over, for who cancels under a lock
  event = {};
  queue.forget(&token);
  CHECK(token.use_count() == 1);
}

TEST_CASE("the message is made with the reference that it carries", "[timer_queue]") {
  timer_queue queue{7};
  timer_ref seen;
  auto ref = queue.add(start, nullptr, [&](timer_ref own) {
    seen = own;
    return timer_event{};
  });
  CHECK(seen == ref);
  CHECK((ref.id & 0xFF) == 7);
}

TEST_CASE("many timers, added and cancelled at random, fire in order", "[timer_queue]") {
  std::mt19937 random{42};
  timer_queue queue;
  std::map<std::pair<timer_clock::time_point, int>, timer_ref> model;
  for (int i = 0; i < 20'000; ++i) {
    auto at = start + std::chrono::milliseconds{random() % 1'000};
    auto owner = reinterpret_cast<const void*>(std::uintptr_t{random() % 50});
    model.emplace(std::pair{at, i}, queue.add(at, owner, sends(i)));
    if (random() % 3 != 0) continue;
    auto victim = std::next(model.begin(),
                            static_cast<long>(random() % std::min<std::size_t>(model.size(), 50)));
    REQUIRE(queue.cancel(victim->second) == victim->first.first);
    model.erase(victim);
  }
  values expected;
  for (auto& [key, ref] : model)
    expected.push_back(key.second);
  CHECK(fired(queue, start + 1s) == expected);
}
