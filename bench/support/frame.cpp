#include "bench/support/frame.hpp"

#include <cstring>

namespace vaquero::bench {

namespace {

constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t compressed_bit = 0x40;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t length_16 = 126;
constexpr std::uint8_t length_64 = 127;

std::uint8_t byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

/// Of the lengths' larger forms.
void append_big_endian(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t left = bytes; left > 0; --left)
    out += static_cast<char>(value >> (8 * (left - 1)) & 0xFF);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value = value << 8 | byte_at(bytes, i);
  return value;
}

bool is_known(std::uint8_t opcode) {
  return opcode == 1 || opcode == 2 || (opcode >= 8 && opcode <= 10);
}

} // namespace

void append_masked(std::string& out, frame_type type, std::string_view payload, std::uint32_t key,
                   bool compressed) {
  if (payload.size() > frame_payload_max) throw std::length_error("frame payload too large");
  out += static_cast<char>(final_bit | (compressed ? compressed_bit : 0) |
                           static_cast<std::uint8_t>(type));
  if (payload.size() < length_16) {
    out += static_cast<char>(mask_bit | payload.size());
  } else if (payload.size() <= UINT16_MAX) {
    out += static_cast<char>(mask_bit | length_16);
    append_big_endian(out, payload.size(), 2);
  } else {
    out += static_cast<char>(mask_bit | length_64);
    append_big_endian(out, payload.size(), 8);
  }
  char mask[4];
  std::memcpy(mask, &key, sizeof mask);
  out.append(mask, sizeof mask);
  std::size_t start = out.size();
  out.append(payload);
  for (std::size_t i = 0; i < payload.size(); ++i)
    out[start + i] ^= mask[i % 4];
}

std::optional<server_frame> parse_frame(std::string_view bytes, bool may_be_compressed) {
  if (bytes.size() < 2) return {};
  std::uint8_t first = byte_at(bytes, 0);
  std::uint8_t second = byte_at(bytes, 1);
  std::uint8_t opcode = first & 0x0F;
  const bool compressed = may_be_compressed && opcode < 8 && (first & compressed_bit) != 0;
  if ((first & 0xF0) != (compressed ? final_bit | compressed_bit : final_bit) || !is_known(opcode))
    throw protocol_failure("the server sent a fragmented or reserved frame");
  if ((second & mask_bit) != 0) throw protocol_failure("the server sent a masked frame");
  std::size_t head = 2;
  std::uint64_t length = second;
  if (second >= length_16) {
    head = second == length_16 ? 4 : 10;
    if (bytes.size() < head) return {};
    length = big_endian(bytes.substr(2, head - 2));
    if (length > frame_payload_max)
      throw protocol_failure("the server sent a frame that is too large");
  }
  if (bytes.size() < head + length) return {};
  return server_frame{static_cast<frame_type>(opcode), bytes.substr(head, length), head + length,
                      compressed};
}

} // namespace vaquero::bench
