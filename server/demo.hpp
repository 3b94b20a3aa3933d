// The demo: what `vaquero serve` shows on loopback addresses when it is told nothing else.
#pragma once

#include "server/server.hpp"

namespace vaquero {

/// Adds the page at `/`, what it speaks to (`/hello`, `/echo`, `/live`), and `/connections`.
void route_demo(server& server);

} // namespace vaquero
