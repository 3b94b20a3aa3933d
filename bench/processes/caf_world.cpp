// The tasks as plain CAF's event-based actors, written as its manual writes them: functions that return
// behaviors, with their state in captures, and replies as return values.
#include "bench/processes/caf_tasks.hpp"

#include <caf/actor_system_config.hpp>

#include <stdexcept>

namespace vaquero::bench {

namespace {

using namespace in_caf;

double (*function_of(task what))(caf::actor_system&, task_size) {
  switch (what) {
    case task::spawn_die: return spawn_die;
    case task::idle: return idle;
    case task::ping_pong: return ping_pong;
    case task::n_to_1: return n_to_1;
    case task::one_to_n: return one_to_n;
    case task::ring: return ring;
    case task::fork_join: return fork_join;
    case task::chameneos: return chameneos;
    case task::timers: return timers;
    case task::call: return call;
  }
  throw std::logic_error("no such task");
}

} // namespace

double run_in_caf(task what, task_size size, std::size_t workers, caf_policy policy) {
  caf::actor_system_config config;
  config.set("scheduler.policy",
             policy == caf_policy::sharing ? caf::atom("sharing") : caf::atom("stealing"));
  config.set("scheduler.max-threads", workers);
  caf::actor_system system(config);
  system.await_actors_before_shutdown(false); // those of the task never end
  auto run = [&](task_size chosen) { return function_of(what)(system, chosen); };
  return what == task::idle ? run(size) : rate_of(size, run);
}

} // namespace vaquero::bench
