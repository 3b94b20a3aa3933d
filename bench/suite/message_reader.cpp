#include "bench/suite/message_reader.hpp"

namespace vaquero::bench {

namespace {

constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t compressed_bit = 0x40;
constexpr std::uint8_t reserved_bits = 0x30;
constexpr std::uint8_t opcode_bits = 0x0F;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t continuation = 0;
constexpr std::uint8_t whole_text = 0x81; // what nearly all frames of a load begin with

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char each : bytes)
    value = value << 8 | static_cast<std::uint8_t>(each);
  return value;
}

[[noreturn]] void too_large() {
  throw protocol_failure("the server sent a message of more than " +
                         std::to_string(message_size_max) + " bytes");
}

} // namespace

std::optional<message_reader::frame> message_reader::next(std::string_view bytes) {
  if (bytes.size() < 2) return {};
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  if ((second & mask_bit) != 0) throw protocol_failure("the server sent a masked frame");
  std::size_t head = 2;
  std::uint64_t length = second;
  if (second >= 126) {
    head = second == 126 ? 4 : 10;
    if (bytes.size() < head) return {};
    length = big_endian(bytes.substr(2, head - 2));
  }
  if (length > message_size_max) too_large();
  if (bytes.size() - head < length) return {};
  return frame{static_cast<std::uint8_t>(bytes[0]), bytes.substr(head, length), head + length};
}

std::optional<incoming> message_reader::complete(const frame& part) {
  if (part.first == whole_text && !begun_) return incoming{frame_type::text, part.payload};
  const auto opcode = static_cast<std::uint8_t>(part.first & opcode_bits);
  const bool is_control = opcode >= 8;
  const bool is_final = (part.first & final_bit) != 0;
  const bool is_compressed = (part.first & compressed_bit) != 0;
  const bool may_be = may_be_compressed_ && !is_control && opcode != continuation;
  if ((part.first & reserved_bits) != 0 || (is_compressed && !may_be) || opcode > 10 ||
      (opcode > 2 && opcode < 8) || (is_control && (!is_final || part.payload.size() > 125)))
    throw protocol_failure("the server sent a frame that RFC 6455 forbids");
  const incoming whole{static_cast<frame_type>(opcode), part.payload, is_compressed};
  if (is_control) return whole;
  if ((opcode == continuation) != begun_.has_value())
    throw protocol_failure("the server sent fragments in a wrong order");
  if (is_final && !begun_) return whole;
  if (!begun_) {
    begun_ = whole;
    fragments_.clear();
  }
  if (fragments_.size() + part.payload.size() > message_size_max) too_large();
  fragments_.append(part.payload);
  if (!is_final) return {};
  incoming message = *begun_;
  begun_.reset();
  message.payload = fragments_;
  return message;
}

} // namespace vaquero::bench
