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

/// How a text or binary is sent of which only the latest counts: `{.key = "EUR/USD"}`. Where the
/// connection's queue_policy is keep_latest it takes the place of a frame with the same key that still
/// waits, so it may overtake what was sent between the two; elsewhere the key means nothing.
struct keyed {
  std::string_view key;
  opcode type = opcode::text;
};

/// The same; also throws std::invalid_argument for an empty key, and for another opcode than text and
/// binary.
void send_data(const pid& connection, std::string_view data, const keyed& as);

/// Ends a connection from anywhere: the kick. It comes after what the same sender sent before, but does
/// not wait for a client that does not read: then queued frames are dropped, the one begun is finished
/// and the close frame follows. Throws std::invalid_argument for a code that may not be sent.
void close(const pid& connection, std::uint16_t code = 1000, std::string_view reason = {});

/// What these two send. Actors that know CAF only may send them as well.
struct outgoing_data {
  opcode type;
  std::string data;
  std::string key = {};
};
struct close_request {
  std::uint16_t code;
  std::string reason;
};

} // namespace vaquero
