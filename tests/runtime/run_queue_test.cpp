// The run queue of one worker: order, the ring and the line behind it, and what a thief gets.
#include "runtime/detail/run_queue.hpp"

#include <catch2/catch.hpp>

#include <numeric>
#include <thread>
#include <vector>

using vaquero::detail::run_queue;

namespace {

// A queue only passes pointers on: these are numbers.
caf::resumable* job(std::uintptr_t number) {
  return reinterpret_cast<caf::resumable*>(number * 16);
}
std::uintptr_t number(caf::resumable* job) { return reinterpret_cast<std::uintptr_t>(job) / 16; }

void push(run_queue& to, std::uintptr_t first, std::uintptr_t count) {
  for (auto i = first; i < first + count; ++i)
    to.push(job(i));
}

std::vector<std::uintptr_t> pop_all(run_queue& from) {
  std::vector<std::uintptr_t> result;
  while (auto* next = from.pop())
    result.push_back(number(next));
  return result;
}

std::vector<std::uintptr_t> numbers(std::uintptr_t first, std::size_t count) {
  std::vector<std::uintptr_t> result(count);
  std::iota(result.begin(), result.end(), first);
  return result;
}

} // namespace

TEST_CASE("a run queue keeps the order, also of more than its ring holds", "[run_queue]") {
  for (auto count : {1u, run_queue::ring_length, run_queue::ring_length + 1, 10'000u}) {
    run_queue queue;
    push(queue, 1, count);
    CHECK(queue.size() == count);
    CHECK(pop_all(queue) == numbers(1, count));
    CHECK(queue.size() == 0);
  }
}

TEST_CASE("what is pushed while jobs wait behind the ring waits behind them", "[run_queue]") {
  run_queue queue;
  push(queue, 1, run_queue::ring_length + 1);
  CHECK(number(queue.pop()) == 1); // there is room in the ring now
  push(queue, run_queue::ring_length + 2, 1);
  CHECK(pop_all(queue) == numbers(2, run_queue::ring_length + 1));
}

TEST_CASE("a thief gets the older half", "[run_queue]") {
  run_queue victim;
  run_queue thief;
  push(victim, 1, 9);
  CHECK(number(victim.steal(thief, false)) == 1);
  CHECK(pop_all(thief) == numbers(2, 4));
  CHECK(pop_all(victim) == numbers(6, 4));
}

TEST_CASE("a thief gets no more than a batch", "[run_queue]") {
  run_queue victim;
  run_queue thief;
  push(victim, 1, 10'000);
  CHECK(number(victim.steal(thief, false)) == 1);
  CHECK(thief.size() == run_queue::batch_max - 1);
  CHECK(victim.size() == 10'000 - run_queue::batch_max);
}

TEST_CASE("a thief gets what waits behind an empty ring", "[run_queue]") {
  run_queue victim;
  run_queue thief;
  constexpr auto in_line = 10u;
  push(victim, 1, run_queue::ring_length + in_line);
  for (unsigned i = 0; i < run_queue::ring_length; ++i)
    victim.pop();
  CHECK(number(victim.steal(thief, false)) == run_queue::ring_length + 1);
  CHECK(thief.size() == in_line - 1);
  CHECK(victim.size() == 0);
}

TEST_CASE("the one job that the running one has pushed is left, unless that is stuck",
          "[run_queue]") {
  run_queue victim;
  run_queue thief;
  push(victim, 1, 1);
  victim.pop(); // runs, and pushes
  push(victim, 2, 1);
  CHECK(victim.steal(thief, false) == nullptr);
  CHECK(number(victim.steal(thief, true)) == 2);
  CHECK(victim.steal(thief, true) == nullptr);
}

TEST_CASE("the one job that waited before the running one began is taken", "[run_queue]") {
  run_queue victim;
  run_queue thief;
  push(victim, 1, 2);
  victim.pop();
  CHECK(number(victim.steal(thief, false)) == 2);
}

TEST_CASE("an owner and its thieves get each job once", "[run_queue]") {
  constexpr std::uintptr_t count = 100'000;
  constexpr int thieves = 3;
  run_queue victim;
  std::atomic<bool> is_done = false;
  std::vector<std::vector<std::uintptr_t>> got(thieves + 1);
  std::vector<std::thread> threads;
  for (int i = 0; i < thieves; ++i)
    threads.emplace_back([&, i] {
      run_queue own;
      auto take = [&] {
        auto* first = victim.steal(own, true);
        if (!first) return false;
        got[i].push_back(number(first));
        for (auto each : pop_all(own))
          got[i].push_back(each);
        return true;
      };
      while (!is_done)
        take();
      while (take()) {
      }
    });
  for (std::uintptr_t i = 1; i <= count; ++i) {
    victim.push(job(i));
    if (i % 3 == 0)
      if (auto* next = victim.pop()) got[thieves].push_back(number(next));
  }
  for (auto each : pop_all(victim))
    got[thieves].push_back(each);
  is_done = true;
  for (auto& each : threads)
    each.join();
  std::vector<std::uintptr_t> all;
  for (const auto& each : got)
    all.insert(all.end(), each.begin(), each.end());
  std::ranges::sort(all);
  CHECK(all == numbers(1, count));
}
