// The observed end of a monitor: what hangs on an actor, ours or CAF's, here or a proxy, until it ends.
#pragma once

#include "runtime/refs.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/attachable.hpp>

namespace vaquero {

/// Sends `watcher` a `down` with this reference when `target` ends, at once with `noproc` if it has ended.
/// The watcher is held weakly: a monitor keeps nobody alive. Any thread.
void attach_monitor(caf::actor_control_block& target, monitor_ref ref, caf::weak_actor_ptr watcher);

/// Takes that monitor off again. False if it has fired, or is about to. Any thread.
bool detach_monitor(caf::actor_control_block& target, monitor_ref ref);

/// Who monitors by this; nullptr where it is no monitor of ours.
const caf::weak_actor_ptr* watcher_of(const caf::attachable& what) noexcept;

} // namespace vaquero
