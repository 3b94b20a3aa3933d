// What the node's monitor sees of callbacks. A test waits for reports; none measures time.
#include "runtime/receive.hpp"
#include "runtime/spawn.hpp"
#include "runtime/topics.hpp"
#include "tests/support/event_queue.hpp"
#include "tests/support/world.hpp"

using namespace vaquero;
using namespace vaquero::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using std::chrono::milliseconds;
using verbs = process_verbs;

namespace {

using report_queue = testing::event_queue<system_monitor::event>;

struct monitored {
  std::shared_ptr<report_queue> reports = std::make_shared<report_queue>();
  world w;

  monitored() {
    w.home.system_monitor().set_options({.long_callback = 20ms, .busy_loop = 20ms});
    w.home.system_monitor().report_to(
        [reports = reports](const system_monitor::event& x) { reports->push(x); });
  }
};

/// A thread that says what a test tells it.
struct told_thread final : watched_thread {
  activity watch() const override {
    activity now{running, progress, turns};
    if (is_progressing) ++progress;
    ++looks;
    looks.notify_all();
    return now;
  }
  std::string describe(std::uintptr_t what) const override { return std::to_string(what); }

  /// Waits until it was looked at so often from now on.
  void wait_for_looks(int count) const {
    const auto wanted = looks + count;
    for (int now = looks; now < wanted; now = looks)
      looks.wait(now);
  }

  std::atomic<std::uintptr_t> running = 0;
  mutable std::atomic<std::uint64_t> progress = 0;
  std::atomic<std::uint64_t> turns = 0;
  std::atomic<bool> is_progressing = false;
  mutable std::atomic<int> looks = 0;
};

} // namespace

TEST_CASE("a callback that runs for long is reported while it does, and again", "[monitor]") {
  monitored m;
  auto a = m.w.spawn("a");
  hold held{a};
  auto first = std::get<long_callback>(m.reports->pop());
  CHECK_THAT(first.where, Contains("probe in handle_message"));
  CHECK(first.at_least >= 20ms);
  auto second = std::get<long_callback>(m.reports->pop());
  CHECK(second.at_least >= 2 * first.at_least);
}

TEST_CASE("a process that is declared blocking may block", "[monitor]") {
  monitored m;
  auto blocking = m.w.track(spawn(m.w.home, {.is_blocking = true}, []() -> process_body {
    for (;;)
      (co_await receive<task>()).run();
  }));
  auto a = m.w.spawn("a");
  hold may{blocking};
  hold held{a};
  for (int i = 0; i < 3; ++i) // by then it has been looked at often
    CHECK_THAT(std::get<long_callback>(m.reports->pop()).where, Contains("probe"));
}

TEST_CASE("a process can be told of long callbacks", "[monitor]") {
  world w;
  w.home.system_monitor().set_options({.long_callback = 20ms});
  std::promise<std::string> told;
  auto watcher = w.spawn("watcher", [&, is_told = false](caf::mailbox_element& mail) mutable {
    if (!std::exchange(is_told, true))
      told.set_value(mail.content().get_as<long_callback>(0).where);
  });
  w.home.system_monitor().report_to(watcher);
  auto a = w.spawn("a");
  hold held{a};
  CHECK_THAT(told.get_future().get(), Contains("probe"));
  w.home.system_monitor().report_to(pid{});
}

TEST_CASE("who is told of a long mailbox may publish, send and spawn", "[monitor]") {
  world w;
  const auto flooded = w.spawn("flooded");
  w.in(flooded, [] { subscribe("a"); });
  const auto other = w.spawn("other");
  std::promise<void> told;
  w.home.system_monitor().report_to([&](const system_monitor::event& x) {
    if (!std::holds_alternative<long_mailbox>(x) || std::get<long_mailbox>(x).is_over) return;
    publish(w.home, "a", 1); // as its publisher does at this moment
    w.track(spawn(w.home, [] {}));
    send(other, 7);
    told.set_value();
  });
  {
    hold held{flooded};
    for (int i = 0; i < 20'000; ++i)
      publish(w.home, "a", i);
    CHECK(told.get_future().wait_for(patience) == std::future_status::ready);
  }
  w.home.system_monitor().report_to(pid{});
}

TEST_CASE("as many reports wait as may, and one more is dropped", "[monitor]") {
  monitored m;
  auto& monitor = m.w.home.system_monitor();
  std::promise<void> entered;
  std::promise<void> release;
  monitor.report_to([&, reports = m.reports](const auto& x) {
    if (std::get<long_mailbox>(x).length == 0) {
      entered.set_value();
      release.get_future().wait();
    }
    reports->push(x);
  });
  auto number = [](std::uint32_t of) { return long_mailbox{{}, of, false}; };
  monitor.report(number(0));
  entered.get_future().wait();
  for (std::uint32_t i = 1; i <= system_monitor::noted_max + 1; ++i)
    monitor.report(number(i));
  release.set_value();
  for (std::uint32_t i = 0; i <= system_monitor::noted_max; ++i)
    CHECK(std::get<long_mailbox>(m.reports->pop()).length == i);
  monitor.report(number(5'000));
  CHECK(std::get<long_mailbox>(m.reports->pop()).length == 5'000);
}

TEST_CASE("a thread whose callbacks follow each other without a pause is a busy loop",
          "[monitor]") {
  monitored m;
  told_thread loop;
  loop.running = 7;
  loop.turns = 1;
  loop.is_progressing = true;
  m.w.home.system_monitor().add(loop);
  m.w.home.system_monitor().is_busy();
  auto first = std::get<busy_loop>(m.reports->pop());
  CHECK(first.where == "7");
  CHECK(std::get<busy_loop>(m.reports->pop()).at_least >= 2 * first.at_least);
  m.w.home.system_monitor().remove(loop);
}

TEST_CASE("neither a thread at rest nor one whose callbacks change is reported", "[monitor]") {
  monitored m;
  told_thread resting;
  told_thread working;
  working.running = 7;
  working.is_progressing = true;
  auto& monitor = m.w.home.system_monitor();
  monitor.add(resting);
  monitor.add(working);
  monitor.is_busy();
  working.wait_for_looks(20);
  CHECK(m.reports->size() == 0);
  monitor.remove(resting);
  monitor.remove(working);
}

TEST_CASE("the monitor sleeps while nothing runs, and wakes when something does", "[monitor]") {
  monitored m;
  told_thread thread;
  auto& monitor = m.w.home.system_monitor();
  monitor.add(thread);
  while (!monitor.is_asleep())
    std::this_thread::yield();
  const int looks = thread.looks;
  thread.running = 7;
  monitor.is_busy();
  thread.wait_for_looks(1);
  CHECK(thread.looks > looks);
  CHECK(std::get<long_callback>(m.reports->pop()).where == "7");
  monitor.remove(thread);
}

TEST_CASE("times and lengths that make no sense are refused", "[monitor]") {
  world w;
  auto& monitor = w.home.system_monitor();
  const auto before = GENERATE(1ms, milliseconds::max());
  monitor.set_options({.long_callback = before, .busy_loop = before});
  for (const auto& refused : std::vector<system_monitor_options>{
           {.long_callback = 0ms},
           {.busy_loop = 0ms},
           {.long_callback = -1ms},
           {.long_mailbox = 8'192, .short_mailbox = 8'192},
       })
    CHECK_THROWS_AS(monitor.set_options(refused), std::invalid_argument);
  CHECK(monitor.options().long_callback == before);
  monitor.set_options({.long_mailbox = 8'193, .short_mailbox = 8'192});
}

TEST_CASE("a monitor that is never to report does not look all the time", "[monitor]") {
  monitored m;
  auto& monitor = m.w.home.system_monitor();
  monitor.set_options({.long_callback = milliseconds::max(), .busy_loop = milliseconds::max()});
  told_thread thread;
  monitor.add(thread);
  thread.running = 7;
  constexpr int many = 1'000;
  for (int i = 0; i < many; ++i) { // each of them wakes it
    monitor.report(long_mailbox{});
    m.reports->pop();
  }
  const int pauses_before = 2;
  CHECK(thread.looks <= many + pauses_before);
  monitor.remove(thread);
}

TEST_CASE("what a reporter throws is logged, and the next report comes", "[monitor]") {
  monitored m;
  auto& monitor = m.w.home.system_monitor();
  monitor.report_to([reports = m.reports](const system_monitor::event& x) {
    if (std::get<long_mailbox>(x).length == 0) throw std::runtime_error{"refused"};
    reports->push(x);
  });
  monitor.report(long_mailbox{{}, 0, false});
  monitor.report(long_mailbox{{}, 1, false});
  CHECK(std::get<long_mailbox>(m.reports->pop()).length == 1);
}

TEST_CASE("a callback that cannot be described is reported", "[monitor]") {
  struct nameless final : scheduled_process {
    using scheduled_process::scheduled_process;
    void handle_message(caf::mailbox_element& mail) override {
      mail.content().get_as<task>(0).run();
    }
    std::string current_callback() const override { throw std::runtime_error{"no words"}; }
  };
  monitored m;
  hold held{m.w.track(spawn_process<nameless>(m.w.home))};
  CHECK(std::get<long_callback>(m.reports->pop()).where == "a process that cannot be described");
}
