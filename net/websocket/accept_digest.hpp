// The one place where the handshake needs SHA-1 and base64: the value of Sec-WebSocket-Accept.
#pragma once

#include <cstddef>
#include <string_view>

namespace vaquero {

/// 20 bytes of SHA-1 in base64.
inline constexpr std::size_t accept_size = 28;

/// A key's 16 bytes in base64.
inline constexpr std::size_t accept_key_size = 24;

/// Writes `accept_size` characters, for a key of `accept_key_size`: base64 of SHA-1 of the key followed by
/// RFC 6455's GUID.
void write_accept(char* out, std::string_view key);

} // namespace vaquero
