// The opcodes of RFC 6455 section 5.2 that are assigned; every other value is a protocol error.
#pragma once

#include <cstdint>

namespace vaquero {

enum class opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

/// Whether frames of this opcode are control frames: at most 125 bytes, never fragmented (section 5.5).
constexpr bool is_control(opcode op) { return (static_cast<std::uint8_t>(op) & 0x8) != 0; }

/// The same for a frame with RSV1 set, as the encoder takes it: the bit lies beside the opcode in the
/// first byte (section 5.2).
constexpr opcode with_rsv1(opcode op) {
  return static_cast<opcode>(static_cast<std::uint8_t>(op) | 0x40U);
}

/// The name RFC 6455 gives it: "text", "ping"; "reserved" for a value that is not assigned.
const char* to_string(opcode op);

} // namespace vaquero
