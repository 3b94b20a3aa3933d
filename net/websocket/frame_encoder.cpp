#include "net/websocket/frame_encoder.hpp"

#include "net/websocket/mask.hpp"

#include <cstring>

namespace vaquero {
namespace {

constexpr std::size_t longest_reason = 123; // 125 bytes of a control frame, less the code

void store_network_order(std::byte* out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i)
    out[i] = static_cast<std::byte>(value >> (8 * (size - 1 - i)) & 0xFF);
}

std::string_view as_text(const std::byte* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// The longest beginning of `reason` that fits and does not end inside a character.
std::string_view cut_reason(std::string_view reason) {
  if (reason.size() <= longest_reason) return reason;
  std::size_t size = longest_reason;
  while (size > 0 && (static_cast<std::uint8_t>(reason[size]) & 0xC0) == 0x80)
    --size;
  return reason.substr(0, size);
}

} // namespace

std::size_t detail::encode_long_header(std::byte* out, std::byte first,
                                       std::uint64_t payload_size) {
  const bool two_bytes = payload_size <= 0xFFFF;
  const std::size_t length_size = two_bytes ? 2 : 8;
  out[0] = first;
  out[1] = std::byte{static_cast<std::uint8_t>(two_bytes ? 126 : 127)};
  store_network_order(out + 2, payload_size, length_size);
  return 2 + length_size;
}

void append_frame(std::string& out, opcode op, std::string_view payload) {
  std::byte header[max_frame_header];
  const std::size_t size = encode_header(header, op, payload.size());
  out.append(as_text(header, size));
  out.append(payload);
}

void append_close(std::string& out, std::uint16_t code, std::string_view reason) {
  if (code == 0) {
    append_frame(out, opcode::close, {});
    return;
  }
  reason = cut_reason(reason);
  std::byte start[4];
  encode_header(start, opcode::close, 2 + reason.size());
  store_network_order(start + 2, code, 2);
  out.append(as_text(start, sizeof start));
  out.append(reason);
}

void append_masked_frame(std::string& out, opcode op, std::string_view payload, std::uint32_t key,
                         bool fin) {
  std::byte header[max_masked_frame_header];
  std::size_t size = encode_header(header, op, payload.size(), fin);
  header[1] |= std::byte{0x80};
  store_network_order(header + size, key, 4);
  size += 4;
  const std::size_t begin = out.size() + size;
  out.append(as_text(header, size));
  out.append(payload);
  apply_mask({reinterpret_cast<std::byte*>(out.data()) + begin, payload.size()}, key);
}

std::size_t frame_size(std::span<const std::byte> encoded) {
  if (encoded.size() < 2) return 0;
  const auto length = std::to_integer<std::size_t>(encoded[1]) & 0x7F;
  if (length <= 125) return 2 + length;
  const std::size_t header = length == 126 ? 4 : 10;
  if (encoded.size() < header) return 0;
  std::size_t payload = 0;
  for (std::size_t i = 2; i < header; ++i)
    payload = payload << 8 | std::to_integer<std::size_t>(encoded[i]);
  return header + payload;
}

} // namespace vaquero
