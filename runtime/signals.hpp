// What the runtime itself sends to a process. A handler that lists one of these gets it as a message.
#pragma once

#include "runtime/exit_reason.hpp"
#include "runtime/refs.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>

namespace vaquero {

/// The handle of a process: any CAF actor, here or on another node.
using pid = caf::actor;

/// A monitored process ended: Erlang's {'DOWN', Ref, process, Pid, Reason}.
struct down {
  monitor_ref ref;
  caf::actor_addr process;
  exit_reason reason;
};

/// An exit signal that a process trapped: Erlang's {'EXIT', From, Reason}.
struct exit_signal {
  caf::actor_addr from;
  exit_reason reason;
};

/// A timer of `start_timer` fired: Erlang's {timeout, TimerRef, Message}.
template <class T>
struct timeout {
  timer_ref ref;
  T message;
};

} // namespace vaquero
