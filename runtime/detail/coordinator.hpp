// The scheduler as CAF sees it: a module of the actor system that owns the workers and the clock.
#pragma once

#include "runtime/detail/parking.hpp"
#include "runtime/detail/worker.hpp"
#include "runtime/scheduler.hpp"

#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <memory>
#include <thread>
#include <vector>

namespace vaquero::detail {

class coordinator final : public caf::scheduler::abstract_coordinator {
 public:
  coordinator(caf::actor_system& system, const scheduler_options& options);

  void init(caf::actor_system_config& config) override;
  void start() override;
  void stop() override;

  /// Any thread. From a worker's own the job goes to that worker's queue.
  void enqueue(caf::resumable* job) override;

  caf::detail::thread_safe_actor_clock& clock() noexcept override { return clock_; }

  /// From start to the end they are the same.
  const std::vector<std::unique_ptr<worker>>& workers() const noexcept { return workers_; }
  parking& rest() noexcept { return *rest_; }
  detail::next_try& next_try() noexcept { return next_try_; }

 private:
  void drop_rest();

  const scheduler_options options_;
  std::unique_ptr<parking> rest_;
  detail::next_try next_try_;
  std::vector<std::unique_ptr<worker>> workers_;
  caf::detail::thread_safe_actor_clock clock_; // its thread sleeps without a timeout if it has none
  std::thread clock_thread_;
};

} // namespace vaquero::detail
