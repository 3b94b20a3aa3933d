// A process that lives on a loop, on the loop's thread, for all its life.
#pragma once

#include "net/loop.hpp"
#include "runtime/process.hpp"

namespace vaquero {

class loop_process : public process {
 public:
  loop_process(caf::actor_config& config, loop& home) : process(config, home.services().home) {
    context(&home);
  }

  /// The loop, which is the execution unit of the process from its first moment on.
  loop& home_loop() noexcept { return static_cast<loop&>(*context()); }

  timer_driver& timers() noexcept final { return home_loop().timers(); }

  subscribing_site* subscribes_at() noexcept final;

 protected:
  friend class loop;

  /// There is mail: called once for each `wake`, on the loop's thread. Not after the process ended.
  virtual void run_turn() = 0;

  void wake(caf::execution_unit*) final { home_loop().schedule(*this); }
};

} // namespace vaquero
