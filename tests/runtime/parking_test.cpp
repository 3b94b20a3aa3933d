// Jobs that one worker gives to another: whoever is awake takes them before it sleeps, who sleeps gets none.
#include "runtime/detail/parking.hpp"
#include "runtime/detail/run_queue.hpp"

#include <catch2/catch.hpp>

#include <thread>

using vaquero::detail::parking;
using vaquero::detail::run_queue;

namespace {

// Only passed on: these are numbers.
caf::resumable* job(std::uintptr_t number) {
  return reinterpret_cast<caf::resumable*>(number * 16);
}

} // namespace

TEST_CASE("what is given to a worker that is awake comes in order, and to it alone", "[parking]") {
  parking rest{2, [] { return false; }};
  run_queue giver;
  run_queue taker;
  for (std::uintptr_t i = 1; i <= 3; ++i)
    giver.push(job(i));
  REQUIRE(rest.give(giver, 0));
  CHECK(giver.size() == 0);
  CHECK((rest.hints() & parking::has_injected) != 0);
  rest.take_injected(1, giver);
  CHECK(giver.size() == 0);
  rest.take_injected(0, taker);
  for (std::uintptr_t i = 1; i <= 3; ++i)
    CHECK(taker.pop() == job(i));
  CHECK((rest.hints() & parking::has_injected) == 0);
}

TEST_CASE("a worker that was given jobs does not lie down", "[parking]") {
  parking rest{1, [] { return false; }};
  run_queue giver;
  giver.push(job(1));
  REQUIRE(rest.give(giver, 0));
  CHECK(rest.park(0) == parking::reason::work);
}

TEST_CASE("what is given to a worker that is stuck is taken by another, once", "[parking]") {
  parking rest{2, [] { return false; }};
  run_queue queue;
  queue.push(job(1));
  REQUIRE(rest.give(queue, 0));
  CHECK(rest.take_given(0, queue));
  CHECK(queue.pop() == job(1));
  CHECK_FALSE(rest.take_given(0, queue));
}

TEST_CASE("who waits while jobs are given to another gets up to watch", "[parking]") {
  parking rest{2, [] { return false; }};
  run_queue queue;
  queue.push(job(1));
  REQUIRE(rest.give(queue, 0));
  CHECK(rest.park(1) == parking::reason::watch_begins);
}

TEST_CASE("a worker that sleeps is given nothing", "[parking]") {
  parking rest{2, [] { return false; }};
  run_queue giver;
  giver.push(job(1));
  std::thread sleeper{[&rest] { rest.park(0); }};
  while ((rest.hints() & parking::can_wake) == 0)
    std::this_thread::yield();
  CHECK_FALSE(rest.give(giver, 0));
  CHECK(giver.size() == 1);
  rest.stop();
  sleeper.join();
}

TEST_CASE("what was given is among what is left at the end", "[parking]") {
  parking rest{2, [] { return false; }};
  run_queue giver;
  giver.push(job(1));
  REQUIRE(rest.give(giver, 0));
  rest.stop();
  CHECK_FALSE(rest.give(giver, 0));
  CHECK(rest.take_rest() == std::deque{job(1)});
}
