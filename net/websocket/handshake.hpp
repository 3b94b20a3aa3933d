// The server's half of the opening handshake, RFC 6455 section 4.2, and of its drafts 7 and 8. It
// does no I/O and decides nothing that is the handler's: it reads what the client offers and writes
// what the server chose.
#pragma once

#include "net/http/request.hpp"
#include "net/http/response.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vaquero {

/// What a client that may be upgraded asks for. The views point into the request: they live as long
/// as it does, and survive its being moved.
struct upgrade_offer {
  /// Sec-WebSocket-Version: 13, or 7 or 8 for the drafts; on the wire they differ in the origin's
  /// header only.
  int version = 13;
  std::string_view key;
  /// In the client's order of preference. The handler may choose one.
  std::vector<std::string_view> subprotocols;
  /// The one of them that the server's route chose, for a handler that chooses none itself.
  std::string_view subprotocol;
  /// Sec-WebSocket-Extensions as sent, and of the form that RFC 6455 section 9.1 wants; several such
  /// headers are joined with commas.
  std::string extensions;
  /// Where the page that connects comes from; empty for a client that is not a browser. Versions 7 and 8
  /// say Sec-WebSocket-Origin, and 13 says Origin; the other's name counts where its own is missing.
  std::string_view origin;
  /// Whether it wants a 100 before the 101 (RFC 9110 section 7.8).
  bool expects_continue = false;
};

/// The offer, or the response to send instead before the connection is closed or reused: 426 when
/// the request asks for no upgrade or for another version (RFC 6455 section 4.4), 400 for every
/// other mistake, with a line of text that says which.
std::variant<upgrade_offer, response> check_upgrade(const request& from);

/// Chooses the first of `supported` that the client offers. False if it offers only others; one that
/// offers none gets none.
bool choose_subprotocol(upgrade_offer& offer, std::span<const std::string> supported);

/// Sec-WebSocket-Accept for a key: RFC 6455 section 4.2.2, item 5.4. Throws std::invalid_argument for a
/// key that has not 24 characters.
std::string accept_key(std::string_view key);

/// The subprotocol that the handshake agrees upon: the handler's choice, which may be one of its own headers,
/// or the one that the route chose; empty: none.
std::string_view agreed_subprotocol(const upgrade_offer& offer, std::string_view chosen,
                                    std::span<const header_field> extra);

/// Appends the 101 response that ends the handshake. `subprotocol` is one of the offer's, or empty
/// for the one that the route chose, if any; `extra` is the handler's own headers; `extensions` is what
/// was agreed on, or empty. Throws std::invalid_argument for what only a programmer can do wrong: a
/// subprotocol that was not offered (a browser would fail the connection), a malformed header, and one
/// that is the handshake's own or would give the 101 a body. Then nothing is appended.
void append_switching_protocols(std::string& out, const upgrade_offer& offer,
                                std::string_view subprotocol = {},
                                std::span<const header_field> extra = {},
                                std::string_view extensions = {});

} // namespace vaquero
