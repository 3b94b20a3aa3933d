// OpenSSL 3 calls SHA1_Init and its kin deprecated in favour of EVP, whose lookup of the algorithm
// and heap-allocated context cost more than the digest of 60 bytes. Both end in the same routine.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "net/websocket/accept_digest.hpp"

#include <boost/endian/conversion.hpp>

#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <openssl/sha.h>

namespace vaquero {

namespace {

constexpr std::string_view guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::size_t block_size = SHA_CBLOCK;
constexpr std::size_t text_size = accept_key_size + guid.size();

/// The key, the GUID, and the padding that ends every SHA-1: two blocks, hashed in one call. SHA1_Final
/// would take them one by one, and the second for itself.
std::array<unsigned char, 2 * block_size> padded(std::string_view key) {
  static_assert(text_size < 2 * block_size - 8);
  std::array<unsigned char, 2 * block_size> blocks{};
  std::memcpy(blocks.data(), key.data(), accept_key_size);
  std::memcpy(blocks.data() + accept_key_size, guid.data(), guid.size());
  constexpr auto bits = text_size * 8;
  blocks[text_size] = 0x80;
  blocks[blocks.size() - 2] = bits >> 8;
  blocks[blocks.size() - 1] = bits & 0xFF;
  return blocks;
}

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
  assert(key.size() == accept_key_size);
  const auto blocks = padded(key);
  SHA_CTX context;
  SHA1_Init(&context);
  SHA1_Update(&context, blocks.data(), blocks.size());
  std::array<unsigned char, SHA_DIGEST_LENGTH + 1> digest{};
  auto* at = digest.data();
  for (const auto word : {context.h0, context.h1, context.h2, context.h3, context.h4}) {
    boost::endian::store_big_u32(at, word);
    at += sizeof(std::uint32_t);
  }
  write_base64(out, digest);
}

} // namespace vaquero
