// A WebSocket client that is not ours: Beast's, on a blocking socket, told in words. What takes longer
// than `patience` throws.
#pragma once

#include "net/http/response.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero::testing {

class websocket_client {
 public:
  /// Connects to 127.0.0.1 and asks for the upgrade, with these headers on top.
  explicit websocket_client(std::uint16_t port, std::string_view target = "/",
                            const std::vector<header_field>& headers = {});
  ~websocket_client();
  websocket_client(websocket_client&&) noexcept;

  /// The answer to the handshake, a 101 or anything else.
  const response& answer() const;
  /// The first header of that name in the answer, or "".
  std::string answer_header(std::string_view name) const;

  void text(std::string_view data);
  void binary(std::string_view data);
  void ping(std::string_view data = {});
  void pong(std::string_view data = {});

  /// The next of what comes: "text hello", "binary ..", "ping ..", "pong ..", "close 1000 reason",
  /// "close" without a code, "lost" without a close frame. A ping or a pong is told when something
  /// else has come behind it.
  std::string next();

  /// Sends a close frame, code 0: without a code, waits for the server's, and says it as `next` does.
  std::string close(std::uint16_t code = 1000, std::string_view reason = {});

  /// Drops the connection without a close frame: with a FIN, or with a reset.
  void leave();
  void reset();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace vaquero::testing
