// The scheduler: threads that run processes and CAF's own actors. A module of the caf::actor_system,
// which must be told of it before it is made:
//
//     caf::actor_system_config config;
//     vaquero::use_vaquero_scheduler(config);
//     caf::actor_system system{config};
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace caf {
class actor_system;
class actor_system_config;
} // namespace caf

namespace vaquero {

/// Workers are threads: more than any machine has cores are a mistake.
constexpr unsigned workers_max = 1024;

struct scheduler_options {
  /// Threads that run processes, at most `workers_max`. 0: one for each core.
  unsigned workers = 0;

  /// Messages that a process handles in one turn, if others wait; up to ten times as many while its callbacks
  /// take no time. Enough to make the switch between processes cheap, few enough to let none wait for long.
  std::size_t budget = 300;
};

/// Replaces CAF's scheduler in the system that is made with this configuration.
void use_vaquero_scheduler(caf::actor_system_config& config, scheduler_options options = {});

/// Whether the system was made with it.
bool has_vaquero_scheduler(caf::actor_system& system);

/// What one worker has done, counted since its start.
struct worker_counters {
  std::uint64_t turns = 0;  // processes that it ran
  std::uint64_t steals = 0; // times that it took work from another worker
  std::uint64_t sleeps = 0; // times that it found no work and lay down
};

/// For each worker; a moment old. Empty if the system has another scheduler.
std::vector<worker_counters> count_work(caf::actor_system& system);

/// Waits until no worker has anything to do: all sleep, without a timeout. False if that took longer
/// than this, or the system has another scheduler.
bool wait_until_idle(caf::actor_system& system, std::chrono::milliseconds patience);

} // namespace vaquero
