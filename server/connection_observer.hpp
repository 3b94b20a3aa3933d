// Who is connected, as the connections themselves say it. A plain CAF actor, which knows CAF and nothing
// of sockets, monitors each of them and asks it as one asks any actor.
#pragma once

#include "net/connection.hpp"
#include "server/server.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace vaquero {

/// A connection that is open, and what it said of itself.
struct connection_row {
  pid connection;
  connection_info info;
};

struct connection_list {
  std::vector<connection_row> rows; // in the order of their ids
  std::uint64_t count;              // how many are open, also beyond those in `rows`
  std::uint64_t ended;              // how many that were ever listed have ended since
};

/// The actor, for the time between a server's start and its stop. The server must outlive it.
class connection_observer {
 public:
  explicit connection_observer(server& of);

  /// Asks the first `rows_max` connections; `done` is called once, on a thread of the actor's, or
  /// never if the server stops. Any thread.
  void list(std::size_t rows_max, std::function<void(connection_list)> done);

 private:
  struct shared;

  server& server_;
  std::shared_ptr<shared> shared_;
};

/// Answers whom refuse_unless_local (local_guard.hpp) lets pass with
/// {"connections": [{"id", "route", "handler", "peer", "age_seconds", "subscriptions", "queued_bytes",
/// "queued_frames", "dropped_frames", "buffered_bytes"}], "count", "ended"}.
void answer_connections_page(connection_observer& observer, const request& from,
                             answer_later later);

/// Adds GET /connections.
void route_connections_page(server& server, std::shared_ptr<connection_observer> observer);

} // namespace vaquero
