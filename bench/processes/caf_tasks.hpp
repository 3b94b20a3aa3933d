// The tasks as plain CAF's event-based actors. Each function sets its task up in the system, runs it, and
// returns the seconds that the run took, or the bytes of an actor.
#pragma once

#include "bench/processes/worlds.hpp"

#include <caf/actor_system.hpp>

namespace vaquero::bench::in_caf {

double spawn_die(caf::actor_system& system, task_size size);
double idle(caf::actor_system& system, task_size size);
double fork_join(caf::actor_system& system, task_size size);
double timers(caf::actor_system& system, task_size size);

double ping_pong(caf::actor_system& system, task_size size);
double ring(caf::actor_system& system, task_size size);
double n_to_1(caf::actor_system& system, task_size size);
double one_to_n(caf::actor_system& system, task_size size);
double chameneos(caf::actor_system& system, task_size size);
double call(caf::actor_system& system, task_size size);

} // namespace vaquero::bench::in_caf
