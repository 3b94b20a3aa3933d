// The connection of the demo page: it hears from the desk who is connected and what the machine does,
// passes on what its user says to others, shows what they say to it, and adds to the shared counter. Its
// language is JSON:
//
//     to the page     {"type": "self", "id"}  {"type": "note", "from", "text"}
//                     and, from the desk, "connections" and "host" (server/live_desk.hpp)
//     from the page   {"tell": ID, "text": TEXT}  {"add": 1}
#pragma once

#include "handlers/note.hpp"
#include "net/websocket_handler.hpp"

#include <cstdint>
#include <string>

namespace vaquero {

/// The name of the process that a live connection talks to.
inline constexpr const char* live_desk_name = "live_desk";

/// To the desk: this connection wants to see what happens. It ends with the connection.
struct watch {
  pid connection;
};

/// To the desk: say this to the connection with that id.
struct tell {
  pid from;
  std::uint64_t to;
  std::string text;
};

/// The name of the process that counts, and what it is told.
inline constexpr const char* shared_counter_name = "shared_counter";
struct add_one {};

class live final : public websocket_handler<note> {
 public:
  void websocket_init() override;
  void websocket_handle(const frame& in) override;
  void websocket_info(const note& heard) override;
};

} // namespace vaquero
