// Writes the frames of RFC 6455 section 5.2. A server's frames are unmasked; the masked ones are
// for clients. The caller answers for what it sends: control payloads of at most 125 bytes, text
// and reasons in UTF-8.
#pragma once

#include "net/websocket/opcode.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vaquero {

/// The longest header of an unmasked frame, in bytes. A masked one is four longer.
constexpr std::size_t max_frame_header = 10;
constexpr std::size_t max_masked_frame_header = max_frame_header + 4;

namespace detail {
std::size_t encode_long_header(std::byte* out, std::byte first, std::uint64_t payload_size);
} // namespace detail

/// Writes the header of an unmasked frame to `out`, which has room for max_frame_header bytes; of one
/// with RSV1 for an opcode that is with_rsv1. Returns its size.
inline std::size_t encode_header(std::byte* out, opcode op, std::uint64_t payload_size,
                                 bool fin = true) {
  const std::byte first{static_cast<std::uint8_t>(static_cast<unsigned>(op) | (fin ? 0x80U : 0U))};
  if (payload_size > 125) return detail::encode_long_header(out, first, payload_size);
  out[0] = first;
  out[1] = static_cast<std::byte>(payload_size);
  return 2;
}

/// The size of the header of an unmasked frame.
constexpr std::size_t frame_header_size(std::uint64_t payload_size) {
  return payload_size <= 125 ? 2 : payload_size <= 0xFFFF ? 4 : max_frame_header;
}

/// Writes a whole unmasked frame to `out`, which has room for max_frame_header and the payload.
/// Returns its size.
inline std::size_t encode_frame(std::byte* out, opcode op, std::string_view payload) {
  const std::size_t header = encode_header(out, op, payload.size());
  payload.copy(reinterpret_cast<char*>(out) + header, payload.size());
  return header + payload.size();
}

/// Appends a whole unmasked frame. Where the caller owns memory with room, encode_frame costs a
/// third of it.
void append_frame(std::string& out, opcode op, std::string_view payload);

/// Appends a close frame, unmasked. Code 0: it holds neither code nor reason. A reason that is
/// longer than the 123 bytes that have room is cut, at the end of a character.
void append_close(std::string& out, std::uint16_t code, std::string_view reason);

/// Appends a frame as a client sends it, masked with `key` (the number that its bytes make in
/// network order).
void append_masked_frame(std::string& out, opcode op, std::string_view payload, std::uint32_t key,
                         bool fin = true);

/// The size of the whole unmasked frame that begins `encoded`, header and payload, though the
/// payload may be cut off; 0 if even its header is incomplete. It trusts the bytes: they come from
/// the functions above.
std::size_t frame_size(std::span<const std::byte> encoded);

} // namespace vaquero
