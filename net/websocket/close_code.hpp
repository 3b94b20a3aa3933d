// The status codes of a close frame, RFC 6455 section 7.4 and the IANA registry behind it.
#pragma once

#include <cstdint>

namespace vaquero {

enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  protocol_error = 1002,
  unsupported_data = 1003,
  invalid_payload = 1007,
  policy_violation = 1008,
  message_too_big = 1009,
  mandatory_extension = 1010,
  internal_error = 1011,
  service_restart = 1012,
  try_again_later = 1013,
  bad_gateway = 1014,
};

/// Whether a code may stand in a close frame, sent or received: 1000-1003, 1007-1014, 3000-4999.
/// 1004 is reserved, 1005, 1006 and 1015 never travel (RFC 6455 section 7.4.1).
constexpr bool is_valid_close_code(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

} // namespace vaquero
