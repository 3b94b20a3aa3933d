// The negotiation of permessage-deflate, RFC 7692 section 7.1, and of its forerunner
// x-webkit-deflate-frame, as a server takes part in it. Pure: offers in, an agreement out.
#pragma once

#include "net/websocket/deflate_options.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vaquero {

/// What both sides keep to from then on. Nobody has to use what is allowed to him.
struct deflate_agreement {
  /// How far our messages may refer back, 8 to 15.
  int server_window_bits = 15;
  /// How far the client's may.
  int client_window_bits = 15;
  bool server_context_takeover = true;
  bool client_context_takeover = true;
  /// The value of Sec-WebSocket-Extensions in the 101.
  std::string answer = {};
};

/// The first offer that can be accepted. One with a parameter that is unknown, stands there twice or
/// has a value that it must not have is declined (RFC 7692 section 7.1), and so is a header that
/// breaks the grammar. Nothing: the connection stays uncompressed, and the 101 says nothing of it.
std::optional<deflate_agreement> negotiate_deflate(std::string_view offers,
                                                   const deflate_options& options);

} // namespace vaquero
