// The demo: what `vaquero serve` shows on loopback addresses when it is told nothing else.
#pragma once

#include "server/handler_registry.hpp"
#include "server/server.hpp"

namespace vaquero {

/// Adds the page at `/`, what it speaks to (`/hello`, `/echo`, `/live`, and `topics`, where that lies), and
/// `/connections` and `/topics`.
void route_demo(server& server, const named_handler& topics);

} // namespace vaquero
