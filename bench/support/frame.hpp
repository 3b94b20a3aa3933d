// The little of RFC 6455 that a load client needs. It is not the product's codec, on purpose: what
// measures and verifies the server must not share its mistakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace vaquero::bench {

/// The server said what the protocol, or an echo, forbids.
struct protocol_failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class frame_type : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// The largest payload that append_masked() takes and parse_frame() accepts: the product's
/// max_frame_size.
inline constexpr std::size_t frame_payload_max = 1'000'000;

struct server_frame {
  frame_type type;
  std::string_view payload; // within the parsed bytes
  std::size_t size;         // of the whole frame
  bool compressed = false;  // RSV1 is set
};

/// Appends one final masked frame. Throws std::length_error beyond frame_payload_max.
void append_masked(std::string& out, frame_type type, std::string_view payload, std::uint32_t key,
                   bool compressed = false);

/// The frame that `bytes` starts with; nothing while it is incomplete. Throws protocol_failure for
/// a frame that is fragmented, masked, reserved or larger than frame_payload_max, and for a compressed
/// one unless that was agreed on.
std::optional<server_frame> parse_frame(std::string_view bytes, bool may_be_compressed = false);

/// The payload of a close frame with status 1000 and no reason.
inline constexpr std::string_view normal_closure{"\x03\xE8", 2};

} // namespace vaquero::bench
