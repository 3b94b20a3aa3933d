#include "bench/processes/vaquero_tasks.hpp"
#include "runtime/scheduler.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <stdexcept>

namespace vaquero::bench {

namespace {

using namespace in_vaquero;

double (*function_of(task what))(node&, task_size) {
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

double run_in_vaquero(task what, task_size size, std::size_t workers) {
  caf::actor_system_config config;
  use_vaquero_scheduler(config, {.workers = static_cast<unsigned>(workers)});
  caf::actor_system system(config);
  node home(system);
  auto run = [&](task_size chosen) { return function_of(what)(home, chosen); };
  double result = what == task::idle ? run(size) : rate_of(size, run);
  for (const auto& each : processes(home)) // those of the task that never end by themselves
    exit(each, exit_reason::kill());
  return result;
}

} // namespace vaquero::bench
