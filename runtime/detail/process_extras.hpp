// What few processes have, and the others pay eight bytes for. Private to the sources of the process.
#pragma once

#include "runtime/process.hpp"

#include <deque>
#include <map>
#include <vector>

namespace vaquero {

struct process::extras {
  std::map<std::uint64_t, caf::weak_actor_ptr> monitors; // by monitor_ref: whom
  std::vector<monitor_ref> muted;           // ended, but their `down` is still on its way
  std::deque<caf::actor_addr> former_links; // to processes of other nodes, the newest last
  exit_reason why;
};

} // namespace vaquero
