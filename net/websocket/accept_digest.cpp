// OpenSSL 3 calls SHA1_Init and its kin deprecated in favour of EVP, whose lookup of the algorithm
// and heap-allocated context cost more than the digest of 60 bytes. Both end in the same routine.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "net/websocket/accept_digest.hpp"

#include <array>
#include <cstdint>
#include <openssl/sha.h>

namespace vaquero {

namespace {

constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes 20 bytes as 28 characters.
void write_base64(char* out, const std::array<unsigned char, SHA_DIGEST_LENGTH + 1>& digest) {
  for (std::size_t i = 0; i < digest.size(); i += 3) {
    std::uint32_t group = (static_cast<std::uint32_t>(digest[i]) << 16) |
                          (static_cast<std::uint32_t>(digest[i + 1]) << 8) | digest[i + 2];
    *out++ = base64_digits[group >> 18];
    *out++ = base64_digits[(group >> 12) & 63];
    *out++ = base64_digits[(group >> 6) & 63];
    *out++ = base64_digits[group & 63];
  }
  out[-1] = '='; // the digest's 20 bytes and a zero were taken three at a time
}

} // namespace

void write_accept(char* out, std::string_view key) {
  std::array<unsigned char, SHA_DIGEST_LENGTH + 1> digest{};
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, key.data(), key.size());
  SHA1_Update(&context, guid.data(), guid.size());
  SHA1_Final(digest.data(), &context);
  write_base64(out, digest);
}

} // namespace vaquero
