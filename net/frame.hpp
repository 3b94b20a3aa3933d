// A message or control frame as a handler gets it. The payload is a view: it ends with the callback.
#pragma once

#include "net/websocket/opcode.hpp"

#include <string>
#include <string_view>

namespace vaquero {

class frame {
 public:
  frame(opcode type, std::string_view payload) : type_(type), payload_(payload) {}

  /// text, binary, ping or pong.
  opcode type() const noexcept { return type_; }
  bool is_text() const noexcept { return type_ == opcode::text; }
  bool is_binary() const noexcept { return type_ == opcode::binary; }
  bool is_ping() const noexcept { return type_ == opcode::ping; }
  bool is_pong() const noexcept { return type_ == opcode::pong; }

  /// The bytes, whatever the type. Of a text: UTF-8, unless validate_utf8 is off.
  std::string_view payload() const noexcept { return payload_; }

  /// The bytes as a string of one's own: what one keeps, or sends on in a message.
  std::string text() const { return std::string{payload_}; }

 private:
  opcode type_;
  std::string_view payload_;
};

} // namespace vaquero
