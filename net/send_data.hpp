// Reaching a browser through its connection, from any actor and any thread, here or on another node.
#pragma once

#include "net/websocket/opcode.hpp"
#include "runtime/signals.hpp"

#include <string>
#include <string_view>

namespace vaquero {

/// Sends a text, binary, ping or pong to the browser behind a connection. What one sender sends to one
/// connection arrives in that order. To a connection that is gone, or an empty handle: nothing happens.
/// Throws std::invalid_argument for another opcode, and for a ping or pong of more than 125 bytes.
void send_data(const pid& connection, std::string_view data, opcode type = opcode::text);

/// Ends a connection from anywhere: the kick. It comes after what the same sender sent before, but does
/// not wait for a client that does not read: then queued frames are dropped, the one begun is finished
/// and the close frame follows. Throws std::invalid_argument for a code that may not be sent.
void close(const pid& connection, std::uint16_t code = 1000, std::string_view reason = {});

/// What these two send. Actors that know CAF only may send them as well.
struct outgoing_data {
  opcode type;
  std::string data;
};
struct close_request {
  std::uint16_t code;
  std::string reason;
};

} // namespace vaquero
