// What few processes have, and the others pay eight bytes for. Private to the sources of the process.
#pragma once

#include "runtime/process.hpp"

#include <deque>
#include <map>
#include <vector>

namespace vaquero {

namespace detail {

/// A call that has no outcome yet.
struct pending_call {
  monitor_ref ref; // whose number is the call_ref's, too
  timer_ref timer;
  call_result_maker make_result;
};

} // namespace detail

struct process::extras {
  std::map<std::uint64_t, caf::weak_actor_ptr> monitors; // by monitor_ref: whom
  std::vector<monitor_ref> muted;           // ended, but their `down` is still on its way
  std::deque<caf::actor_addr> former_links; // to processes of other nodes, the newest last
  std::map<std::uint64_t, detail::pending_call> calls; // by the request's message id
  std::size_t late_expiries = 0; // of calls that ended when their timer had fired already
  std::string name;
  exit_reason why;
};

} // namespace vaquero
