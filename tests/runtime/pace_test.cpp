// When a worker's jobs are worth a second core, told what time it is and what was counted.
#include "runtime/detail/pace.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace vaquero;
using detail::moment;
using detail::next_try;
using detail::pace;
using verdict = pace::verdict;

namespace {

struct fixture {
  pace its_pace;
  moment now{timer_clock::time_point{1h}, {}, 0};

  fixture() { its_pace.begin(now); }

  /// So many turns of one message each, which take this long together.
  void work(std::uint64_t turns, timer_clock::duration time) {
    now.turns += turns;
    now.done.messages += turns;
    now.time += time;
  }
  void look(bool someone_waits = true) { its_pace.look(now, someone_waits); }
  bool wants_help(timer_clock::time_point next = {}) const {
    return its_pace.wants_help(now.time, next);
  }
};

constexpr std::uint64_t turns = pace::look_interval;
constexpr auto short_time = 2 * turns * timer_clock::duration{pace::coarse_step};
constexpr auto long_time = short_time + 1ns;

} // namespace

TEST_CASE("long work that waits is shared at the second look, whatever became of short work",
          "[pace]") {
  fixture f;
  f.look();
  f.work(turns, long_time);
  f.look();
  CHECK_FALSE(f.wants_help()); // the thread may not have been run
  f.work(turns, long_time);
  f.look();
  CHECK(f.wants_help());
  CHECK(f.wants_help(f.now.time + 1h));
}

TEST_CASE("work is short if a turn or a message takes no longer than a step", "[pace]") {
  fixture f;
  for (int i = 0; i < 3; ++i) {
    f.work(turns, short_time);
    f.look();
  }
  CHECK_FALSE(f.wants_help());
}

TEST_CASE("long work is not shared where nobody waits behind it", "[pace]") {
  fixture f;
  for (int i = 0; i < 3; ++i) {
    f.work(turns, long_time);
    f.look(false);
  }
  CHECK_FALSE(f.wants_help());
}

TEST_CASE("short work is tried elsewhere once it has waited, and a try is due", "[pace]") {
  fixture f;
  f.look();
  f.work(10'000, pace::backlog_min - 1ns);
  f.look();
  CHECK_FALSE(f.wants_help());
  f.work(10'000, 1ns);
  f.look();
  CHECK(f.wants_help(f.now.time));
  CHECK_FALSE(f.wants_help(f.now.time + 1ns));
}

TEST_CASE("who waits was not waiting before the worker looked away", "[pace]") {
  fixture f;
  f.look();
  f.its_pace.look_away();
  f.work(10'000, pace::backlog_min);
  f.look();
  CHECK_FALSE(f.wants_help());
}

TEST_CASE("a try is judged after its time, and then the next begins", "[pace]") {
  fixture f;
  f.work(1'000, pace::trial - 1ns);
  CHECK(f.its_pace.judge(f.now) == verdict::none);
  f.work(0, 1ns);
  CHECK(f.its_pace.judge(f.now) == verdict::pays);
  CHECK(f.its_pace.judge(f.now) == verdict::none);
  f.work(1, pace::trial);
  CHECK(f.its_pace.judge(f.now) == verdict::coarse);
}

TEST_CASE("a try pays, unless more than one in eight is a stranger", "[pace]") {
  fixture f;
  constexpr std::uint64_t steps = 800; // 400 turns, 400 messages
  constexpr auto allowed = steps / pace::strangers_share;
  f.work(steps / 2, pace::trial);
  SECTION("processes that ran elsewhere") {
    f.now.done.moved += allowed;
    SECTION("as many") { CHECK(f.its_pace.judge(f.now) == verdict::pays); }
    SECTION("one more") {
      ++f.now.done.moved;
      CHECK(f.its_pace.judge(f.now) == verdict::pays_not);
    }
  }
  SECTION("messages sent to another core") {
    f.now.done.blocks += allowed + 1;
    CHECK(f.its_pace.judge(f.now) == verdict::pays_not);
  }
  SECTION("messages that come from there") {
    f.now.done.blocks -= allowed + 1;
    CHECK(f.its_pace.judge(f.now) == verdict::pays_not);
  }
  SECTION("jobs taken from another worker") {
    f.its_pace.note_stolen(allowed + 1);
    CHECK(f.its_pace.judge(f.now) == verdict::pays_not);
    f.work(steps / 2, pace::trial);
    CHECK(f.its_pace.judge(f.now) == verdict::pays); // of the next try they are not
  }
}

TEST_CASE("only what crosses between cores is news", "[pace]") {
  fixture f;
  f.work(turns, 1us);
  CHECK_FALSE(f.its_pace.has_news(f.now.done));
  SECTION("a process") { ++f.now.done.moved; }
  SECTION("blocks") { --f.now.done.blocks; }
  SECTION("jobs") { f.its_pace.note_stolen(1); }
  CHECK(f.its_pace.has_news(f.now.done));
}

TEST_CASE("each failure doubles the pause up to its bound, and a success undoes that", "[pace]") {
  next_try next;
  const timer_clock::time_point now{1h};
  CHECK(next.time() <= now);
  for (auto pause = next_try::pause_min; pause <= next_try::pause_max; pause *= 2) {
    next.has_failed(now);
    CHECK(next.time() == now + pause);
  }
  next.has_failed(now);
  CHECK(next.time() == now + next_try::pause_max);
  next.has_paid();
  next.has_failed(now);
  CHECK(next.time() == now + next_try::pause_min);
}
