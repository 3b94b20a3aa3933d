// Processes whose callbacks block: they run on a pool, which is bounded, and hold up no worker.
#include "tests/support/world.hpp"

#include <latch>
#include <pthread.h>
#include <thread>

using namespace vaquero;
using namespace vaquero::test;

namespace {

struct diver : scheduled_process {
  static constexpr bool is_blocking = true;
  using scheduled_process::scheduled_process;

  void handle_message(caf::mailbox_element& mail) override { mail.content().get_as<task>(0).run(); }
};

/// While it lives no thread can be started: the stack of each would be larger than what there is of addresses.
class no_new_threads {
 public:
  no_new_threads() {
    pthread_attr_t huge;
    pthread_getattr_default_np(&before_);
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, std::size_t{1} << 47);
    pthread_setattr_default_np(&huge);
    pthread_attr_destroy(&huge);
  }
  ~no_new_threads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  no_new_threads(const no_new_threads&) = delete;
  no_new_threads& operator=(const no_new_threads&) = delete;

 private:
  pthread_attr_t before_;
};

} // namespace

TEST_CASE("blocking processes leave the only worker to the others", "[blocking]") {
  world w{{.workers = 1}};
  auto blocking = w.track(spawn_process<diver>(w.home));
  auto other = w.spawn("other");
  hold held{blocking};
  w.in(other, [&] { send(other, 1); });
  CHECK(w.noted.take(1) == events{"other: 1"});
  held.release();
  w.in(blocking, [&] { send(other, 2); });
  CHECK(w.noted.take(1) == events{"other: 2"});
}

TEST_CASE("as many blocking processes run at a time as the pool has threads", "[blocking]") {
  world w;
  node small{w.system, {.blocking_threads_max = 2}};
  std::vector<pid> all;
  for (int i = 0; i < 3; ++i)
    all.push_back(spawn_process<diver>(small));
  {
    hold first{all[0]};
    hold second{all[1]};
    world::tell(all[2], [&w] { w.noted.note("third"); });
    w.noted.note("two run");
    CHECK(small.pool().threads() == 2);
    second.release();
    CHECK(w.noted.take(2) == events{"two run", "third"});
  }
  for (const auto& each : all)
    w.end(each, exit_reason::normal());
}

TEST_CASE("a blocking process has turns like all others", "[blocking]") {
  world w{{.budget = 2}};
  node small{w.system, {.blocking_threads_max = 1}};
  auto busy = spawn_process<diver>(small);
  auto other = spawn_process<diver>(small);
  {
    hold held{busy};
    for (int i = 1; i <= 4; ++i)
      world::tell(busy, [&w, i] { w.noted.note("busy " + std::to_string(i)); });
    world::tell(other, [&w] { w.noted.note("other"); });
  }
  CHECK(w.noted.take(5) == events{"busy 1", "other", "busy 2", "busy 3", "busy 4"});
  for (const auto& each : {busy, other})
    w.end(each, exit_reason::normal());
}

TEST_CASE("an exit signal ends a blocking process between two callbacks", "[blocking]") {
  world w;
  auto blocking = w.track(spawn_process<diver>(w.home));
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { process_verbs::monitor(blocking); });
  {
    hold held{blocking};
    exit(blocking, exit_reason::kill());
    world::tell(blocking, [&w] { w.noted.note("never"); });
  }
  CHECK(w.noted.take(1) == events{"watcher: down killed"});
}

TEST_CASE("threads of the pool end when they have nothing to do, and start again", "[blocking]") {
  blocking_pool pool{{.threads_max = 2, .idle_timeout = std::chrono::milliseconds{1}}};
  for (int round = 0; round < 3; ++round) {
    std::latch together{2};
    for (int i = 0; i < 2; ++i)
      pool.submit([&] { together.count_down(); });
    together.wait();
    while (pool.threads() != 0)
      std::this_thread::yield();
  }
  CHECK(pool.finish(patience));
}

TEST_CASE("where no thread can be started a job waits for one that lives", "[blocking]") {
  blocking_pool pool{{.threads_max = 2}};
  std::latch entered{1};
  std::latch gate{1};
  std::latch done{1};
  pool.submit([&] {
    entered.count_down();
    gate.wait();
  });
  entered.wait();
  {
    no_new_threads from_now_on;
    pool.submit([&] { done.count_down(); });
  }
  CHECK(pool.threads() == 1);
  gate.count_down();
  done.wait();
  CHECK(pool.finish(patience));
}

TEST_CASE("where there is no thread at all a job waits for a later submission", "[blocking]") {
  blocking_pool pool{{.threads_max = 2}};
  std::latch done{2};
  {
    no_new_threads from_now_on;
    pool.submit([&] { done.count_down(); });
  }
  CHECK(pool.threads() == 0);
  pool.submit([&] { done.count_down(); });
  done.wait();
  CHECK(pool.finish(patience));
}
