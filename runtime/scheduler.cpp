#include "runtime/scheduler.hpp"

#include "runtime/detail/coordinator.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace vaquero {

namespace {

detail::coordinator* ours(caf::actor_system& system) {
  return dynamic_cast<detail::coordinator*>(&system.scheduler());
}

} // namespace

void use_vaquero_scheduler(caf::actor_system_config& config, scheduler_options options) {
  config.module_factories.push_back(
      [options](caf::actor_system& system) -> caf::actor_system::module* {
        return new detail::coordinator{system, options};
      });
}

bool has_vaquero_scheduler(caf::actor_system& system) { return ours(system) != nullptr; }

std::vector<worker_counters> count_work(caf::actor_system& system) {
  std::vector<worker_counters> result;
  if (auto* scheduler = ours(system))
    for (const auto& each : scheduler->workers())
      result.push_back({each->turns(), each->steals(), each->sleeps()});
  return result;
}

bool wait_until_idle(caf::actor_system& system, std::chrono::milliseconds patience) {
  auto* scheduler = ours(system);
  return scheduler && scheduler->rest().wait_until_idle(patience);
}

} // namespace vaquero
