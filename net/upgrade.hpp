// What a handler's `init` returns: accept the upgrade, answer with a response instead, or decide later.
// A value.
#pragma once

#include "net/http/response.hpp"
#include "net/websocket_options.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vaquero {

/// The 101, and how the connection behaves from then on.
struct accepted {
  /// The route's options where nothing is set.
  std::optional<websocket_options> options = {};

  /// One of those that the client offered; empty: the one that the route chose, if it did.
  std::string subprotocol = {};

  /// Further headers of the 101, such as cookies.
  std::vector<header_field> headers = {};
};

/// No answer yet: the handler gets messages, and says `accept` or `refuse` in one of them. After this
/// time the client gets a 503.
struct deferred {
  std::chrono::milliseconds timeout;
};

using upgrade = std::variant<accepted, deferred, response>;

} // namespace vaquero
