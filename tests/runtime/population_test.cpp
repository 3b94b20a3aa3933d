// Many processes: all of them go away, and leave nothing behind.
#include "tests/support/world.hpp"

#include <caf/actor_system.hpp>

#include <thread>

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

namespace {

std::atomic<long> alive = 0;
std::atomic<long> linked = 0;

struct member : scheduled_process {
  member(caf::actor_config& config, vaquero::node& home, pid before)
      : scheduled_process(config, home), before_(std::move(before)) {
    ++alive;
  }
  ~member() override {
    if (--alive == 0) alive.notify_all();
  }
  void init() override { link_to(before_); }
  void handle_message(caf::mailbox_element& mail) override {
    link_to(mail.content().get_as<caf::actor>(0));
  }

 private:
  void link_to(pid other) {
    if (other) link(other);
    before_ = nullptr;
    ++linked;
    linked.notify_all();
  }
  pid before_;
};

void wait_for(std::atomic<long>& count, long wanted) {
  for (auto now = count.load(); now != wanted; now = count.load())
    count.wait(now);
}

void ring(long size) {
  world w;
  linked = 0;
  auto first = spawn_process<member>(w.home, pid{});
  auto last = first;
  for (long i = 1; i < size; ++i)
    last = spawn_process<member>(w.home, last);
  caf::anon_send(first, last);
  last = nullptr;
  wait_for(linked, size + 1);
  CHECK(alive == size);
  exit(first, exit_reason::kill());
  first = nullptr;
  wait_for(alive, 0);
  CHECK(alive == 0);
}

} // namespace

TEST_CASE("ten thousand processes in a ring of links end together", "[population]") {
  ring(10'000);
}

TEST_CASE("a million processes in a ring of links end together", "[.long][population]") {
  ring(1'000'000);
}

TEST_CASE("a node waits for what its last process begins, wherever that is listed",
          "[population]") {
  caf::actor_system_config config;
  use_vaquero_scheduler(config);
  census living;
  event_list noted;
  caf::actor_system system{config};
  auto owned = std::make_unique<vaquero::node>(system);
  auto spawn = [&, &home = *owned] {
    return spawn_process<probe>(home, living, noted, "probe", probe::handler{});
  };
  auto last = spawn();
  while (last.id() % 64 != 63) { // the last of the lists that the table has
    exit(last, exit_reason::kill());
    last = spawn();
  }
  REQUIRE(living.wait_for(1));
  hold held{last};
  std::promise<void> gate;
  world::tell(last, [&spawn, open = gate.get_future().share()] {
    for (int i = 0; i != 63; ++i) // none of them in that list
      send(spawn(), task{[open] {
             open.wait();
             verbs::exit(exit_reason::normal());
           }});
    verbs::exit(exit_reason::normal());
  });
  last = nullptr;
  std::atomic<bool> is_open = false;
  std::atomic<bool> has_returned = false;
  bool was_open = false;
  std::thread ending{[&] {
    owned.reset();
    was_open = is_open;
    has_returned = true;
  }};
  auto let_it_return_early = [&] {
    for (int i = 0; i != 10'000 && !has_returned; ++i)
      std::this_thread::yield();
  };
  let_it_return_early();
  held.release();
  REQUIRE(living.wait_for(63));
  let_it_return_early();
  is_open = true;
  gate.set_value();
  ending.join();
  CHECK(was_open);
}
