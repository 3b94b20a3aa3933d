// Frames as the tests of the decoder want them, legal or not, written without the code under test;
// and the events that they expect.
#pragma once

#include "tests/support/frame_stream.hpp"

#include <string>
#include <utility>

namespace vaquero::testing {

struct raw_frame {
  int op = 1;
  bool fin = true;
  int rsv = 0; // RSV1 is 4, RSV2 is 2, RSV3 is 1
  bool masked = true;
  std::string payload = {};
  int length_form = 0; // 126 or 127: write the length so, though a shorter form would do
  unsigned char key[4] = {0x37, 0xFA, 0x21, 0x3D};

  std::string bytes() const {
    std::string out;
    const std::size_t size = payload.size();
    const int form = length_form != 0 ? length_form
                     : size <= 125    ? static_cast<int>(size)
                     : size <= 0xFFFF ? 126
                                      : 127;
    out += static_cast<char>((fin ? 0x80 : 0) | rsv << 4 | op);
    out += static_cast<char>((masked ? 0x80 : 0) | form);
    const int length_bits = form == 126 ? 16 : form == 127 ? 64 : 0;
    for (int shift = length_bits - 8; shift >= 0; shift -= 8)
      out += static_cast<char>(size >> shift & 0xFF);
    if (masked) out.append(reinterpret_cast<const char*>(key), 4);
    for (std::size_t i = 0; i < size; ++i)
      out += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ (masked ? key[i % 4] : 0));
    return out;
  }
};

inline recorded_event text(std::string payload, bool rsv1 = false) {
  return {.what = decode_event::kind::message,
          .type = opcode::text,
          .rsv1 = rsv1,
          .payload = std::move(payload)};
}

inline recorded_event binary(std::string payload, bool rsv1 = false) {
  return {.what = decode_event::kind::message,
          .type = opcode::binary,
          .rsv1 = rsv1,
          .payload = std::move(payload)};
}

inline recorded_event ping(std::string payload) {
  return {.what = decode_event::kind::ping, .type = opcode::ping, .payload = std::move(payload)};
}

inline recorded_event pong(std::string payload) {
  return {.what = decode_event::kind::pong, .type = opcode::pong, .payload = std::move(payload)};
}

inline recorded_event closed(std::uint16_t code, std::string reason = {}) {
  return {.what = decode_event::kind::close,
          .type = opcode::close,
          .close_code = code,
          .payload = std::move(reason)};
}

inline recorded_event error(decode_error why) {
  return {.what = decode_event::kind::error, .error = why};
}

} // namespace vaquero::testing
