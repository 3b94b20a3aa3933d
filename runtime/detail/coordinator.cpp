#include "runtime/detail/coordinator.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/set_thread_name.hpp>
#include <caf/logger.hpp>

#include <algorithm>

namespace vaquero::detail {

coordinator::coordinator(caf::actor_system& system, const scheduler_options& options)
    : abstract_coordinator(system), options_(options) {}

// CAF's names of these settings count too, for programs that have CAF read its configuration.
void coordinator::init(caf::actor_system_config& config) {
  const auto cores = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  num_workers_ = caf::get_or(config, "scheduler.max-threads",
                             options_.workers == 0 ? cores : std::size_t{options_.workers});
  num_workers_ = std::clamp<std::size_t>(num_workers_, 1, workers_max);
  max_throughput_ =
      std::max<std::size_t>(caf::get_or(config, "scheduler.max-throughput", options_.budget), 1);
}

void coordinator::start() {
  rest_ = std::make_unique<parking>(num_workers(), [this] {
    return std::ranges::any_of(workers_, [](const auto& each) { return each->has_waiting(); });
  });
  for (std::size_t i = 0; i < num_workers(); ++i)
    workers_.push_back(std::make_unique<worker>(*this, *rest_, i, max_throughput()));
  for (auto& each : workers_)
    each->start();
  clock_thread_ = std::thread{[this] {
    CAF_SET_LOGGER_SYS(&system());
    caf::detail::set_thread_name("caf.clock");
    system().thread_started();
    clock_.run_dispatch_loop();
    system().thread_terminates();
  }};
  abstract_coordinator::start();
}

void coordinator::stop() {
  rest_->stop();
  stop_actors();
  for (auto& each : workers_)
    each->join();
  drop_rest();
  clock_.cancel_dispatch_loop();
  clock_thread_.join();
}

void coordinator::drop_rest() {
  for (auto& each : workers_)
    while (auto* job = each->take_rest())
      cleanup_and_release(job);
  // What is cleaned up may still send.
  for (auto rest = rest_->take_rest(); !rest.empty(); rest = rest_->take_rest())
    for (auto* job : rest)
      cleanup_and_release(job);
}

void coordinator::enqueue(caf::resumable* job) {
  auto* here = worker::current();
  if (here && &here->parent() == this)
    here->push(job);
  else
    rest_->inject(job);
}

} // namespace vaquero::detail
