// GET /connections: who is connected, as the connections themselves say it. A plain CAF actor, which
// knows CAF and nothing of sockets, monitors each of them and asks it as one asks any actor.
#pragma once

#include "server/server.hpp"

namespace vaquero {

/// Adds the page. It answers clients on this machine only, with
/// {"connections": [{"id", "route", "handler", "peer", "queued_bytes", "queued_frames",
/// "dropped_frames", "buffered_bytes"}], "count", "ended"}; `ended` counts the monitored ones that have ended since.
void route_connections_page(server& server);

} // namespace vaquero
