#include "net/websocket/mask.hpp"

#include <catch2/catch.hpp>

#include <numeric>
#include <string>
#include <vector>

namespace {

constexpr std::uint32_t key = 0x37FA213D;

std::vector<std::byte> pattern(std::size_t size, unsigned first) {
  std::vector<std::byte> data(size);
  for (std::size_t i = 0; i < size; ++i)
    data[i] = static_cast<std::byte>(first + i * 7);
  return data;
}

std::vector<std::byte> masked_byte_by_byte(std::vector<std::byte> data, std::size_t offset) {
  constexpr unsigned char octets[] = {0x37, 0xFA, 0x21, 0x3D};
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] ^= std::byte{octets[(offset + i) % 4]};
  return data;
}

} // namespace

TEST_CASE("mask: every size, offset and alignment agrees with RFC 6455 section 5.3", "[mask]") {
  for (std::size_t size = 0; size <= 150; ++size)
    for (std::size_t offset = 0; offset <= 9; ++offset)
      for (std::size_t shift = 0; shift < 8; ++shift) {
        const auto data = pattern(size, 3);
        std::vector<std::byte> memory(shift + size);
        std::copy(data.begin(), data.end(), memory.begin() + static_cast<std::ptrdiff_t>(shift));
        vaquero::apply_mask(std::span(memory).subspan(shift), key, offset);
        memory.erase(memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(shift));
        REQUIRE(memory == masked_byte_by_byte(data, offset));
      }
}

TEST_CASE("mask: the short form does the same", "[mask]") {
  for (std::size_t size = 0; size <= 125; ++size) {
    auto data = pattern(size, 11);
    const auto expected = masked_byte_by_byte(data, 0);
    vaquero::apply_mask_short(data, key);
    REQUIRE(data == expected);
  }
}

TEST_CASE("mask: the short form sees one byte beyond ASCII wherever it stands", "[mask]") {
  for (std::size_t size = 0; size <= 40; ++size) {
    const auto ascii = masked_byte_by_byte(std::vector<std::byte>(size, std::byte{'z'}), 0);
    auto data = ascii;
    REQUIRE(vaquero::apply_mask_short(data, key));
    for (std::size_t at = 0; at < size; ++at) {
      data = ascii;
      data[at] ^= std::byte{0x80};
      REQUIRE_FALSE(vaquero::apply_mask_short(data, key));
    }
  }
}

TEST_CASE("mask: the key is the number that its bytes make in network order", "[mask]") {
  const unsigned char bytes[] = {0x37, 0xFA, 0x21, 0x3D};
  REQUIRE(vaquero::load_masking_key(reinterpret_cast<const std::byte*>(bytes)) == key);
}
