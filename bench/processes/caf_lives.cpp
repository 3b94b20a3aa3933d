// Tasks about actors themselves: what it costs to be born, to end, to be there, and to have timers.
#include "bench/processes/caf_tasks.hpp"
#include "bench/support/process_stats.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <unistd.h>

namespace vaquero::bench::in_caf {

namespace {

using go = caf::atom_constant<caf::atom("go")>;

/// What one actor counts through, in turns, and who waits for it.
struct progress_state {
  std::size_t left = 0;
  std::size_t awaited = 0;
  long sum = 0;
  std::vector<caf::actor> kept; // an actor that nobody refers to is destroyed
};
using counting_actor = caf::stateful_actor<progress_state>;

struct population {
  std::atomic<std::size_t> alive;
  finish_line finished;
};

// Without a behavior it ends when it has run.
void mayfly(caf::event_based_actor*, population* all) {
  if (all->alive.fetch_sub(1, std::memory_order_relaxed) == 1) all->finished.arrive();
}

caf::behavior spawner(counting_actor* self, population* all) {
  self->state.left = all->alive;
  return {[self, all](go) {
    auto turn = std::min(self->state.left, turn_max);
    for (std::size_t i = 0; i < turn; ++i)
      self->spawn(mayfly, all);
    self->state.left -= turn;
    if (self->state.left > 0) self->send(self, go::value);
  }};
}

caf::behavior idler(caf::event_based_actor*, int gift) {
  return {[gift](int) { return gift; }};
}

caf::behavior worker(caf::event_based_actor* self, int gift) {
  return {[self, gift](int number) {
    self->quit();
    return number + gift;
  }};
}

using child_function = caf::behavior (*)(caf::event_based_actor*, int);

/// Makes actors, some at a time, and goes on when each of them has answered.
caf::behavior parent(counting_actor* self, child_function child, bool keep, std::size_t wanted,
                     finish_line* finished) {
  self->state.left = wanted;
  auto next_turn = [self, child, keep, finished] {
    auto& now = self->state;
    if (now.left == 0) return finished->arrive();
    now.awaited = std::min(now.left, turn_max);
    now.left -= now.awaited;
    for (std::size_t i = 0; i < now.awaited; ++i) {
      auto actor = self->spawn(child, 1);
      self->send(actor, 1);
      if (keep) now.kept.push_back(std::move(actor));
    }
  };
  return {[next_turn](go) { next_turn(); },
          [self, next_turn](int result) {
            self->state.sum += result;
            if (--self->state.awaited == 0) next_turn();
          }};
}

/// The root, which holds what it keeps, lives as long as its handle.
double raise(caf::actor_system& system, child_function child, std::size_t wanted,
             caf::actor* keeper = nullptr) {
  finish_line finished;
  caf::actor root = system.spawn(parent, child, keeper != nullptr, wanted, &finished);
  if (keeper) *keeper = root;
  return seconds_of([&] {
    caf::anon_send(root, go::value);
    finished.wait();
  });
}

// The timers that CAF can cancel are those of its requests.
caf::behavior alarm_clock(caf::event_based_actor* self, std::size_t wanted, finish_line* finished) {
  return {[self, wanted, finished](go) {
    auto& clock = self->clock();
    for (std::size_t i = 0; i < wanted; ++i)
      clock.set_request_timeout(clock.now() + due_of_timer(i), self, caf::make_message_id(i));
    for (std::size_t i = 0; i < wanted; ++i)
      clock.cancel_request_timeout(self, caf::make_message_id(i));
    finished->arrive();
  }};
}

} // namespace

double spawn_die(caf::actor_system& system, task_size size) {
  population all{size.operations, finish_line{}};
  auto root = system.spawn(spawner, &all);
  return seconds_of([&] {
    caf::anon_send(root, go::value);
    all.finished.wait();
  });
}

double idle(caf::actor_system& system, task_size size) {
  auto few = few_of(size.processes);
  auto more = size.processes - few;
  caf::actor first, second;
  raise(system, idler, few, &first);
  auto before = resident_bytes(getpid());
  raise(system, idler, more, &second);
  return static_cast<double>(resident_bytes(getpid()) - before) / static_cast<double>(more);
}

double fork_join(caf::actor_system& system, task_size size) {
  return raise(system, worker, size.operations);
}

double timers(caf::actor_system& system, task_size size) {
  finish_line finished;
  auto actor = system.spawn(alarm_clock, size.operations, &finished);
  return seconds_of([&] {
    caf::anon_send(actor, go::value);
    finished.wait();
  });
}

} // namespace vaquero::bench::in_caf
