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
  } else {
    out += static_cast<char>(mask_bit | length_16);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xFF);
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
  if (second == length_64) throw protocol_failure("the server sent a frame that is too large");
  std::size_t head = 2;
  std::size_t length = second;
  if (second == length_16) {
    if (bytes.size() < 4) return {};
    head = 4;
    length = static_cast<std::size_t>(byte_at(bytes, 2)) << 8 | byte_at(bytes, 3);
  }
  if (bytes.size() < head + length) return {};
  return server_frame{static_cast<frame_type>(opcode), bytes.substr(head, length), head + length,
                      compressed};
}

} // namespace vaquero::bench
