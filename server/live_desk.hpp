// The process behind the demo page: once a second it reads what the machine does and who is connected,
// and sends both to the browsers of all live connections. While nobody watches it does nothing.
#pragma once

#include "runtime/spawn.hpp"
#include "server/connection_observer.hpp"

#include <functional>

namespace vaquero {

/// Asks who is connected; the answer goes to `done`, on any thread.
using connection_source = std::function<void(std::function<void(connection_list)> done)>;

/// Takes `watch` and `tell` (handlers/live.hpp) under the name `live_desk_name`. To the page it says
/// {"type": "host", "load", "memory_used", "memory_total", "received", "sent"}, the last two in bytes a
/// second, and {"type": "connections", "count", "rows": [{"id", "route", "age_seconds",
/// "queued_bytes"}]}.
process_body live_desk(connection_source connections);

} // namespace vaquero
