#include "bench/suite/message_set.hpp"

#include <algorithm>

namespace vaquero::bench {

namespace {

// Enough that an echo mistaken for another is seen, and few enough for the processor's caches.
constexpr std::size_t messages_max = 64;
constexpr std::size_t messages_min = 2;
constexpr std::size_t bytes_max = 1024 * 1024;

std::uint32_t next_random(std::uint32_t& state) {
  state = state * 1664525 + 1013904223;
  return state;
}

std::string ticks(std::size_t size) {
  std::string text;
  std::uint32_t price = 7692;
  while (text.size() < size) {
    next_random(price);
    text += R"({"symbol":"EUR)" + std::string(1, static_cast<char>('A' + (price >> 28))) +
            R"(SD","bid":1.)" + std::to_string(price >> 12) + R"(,"volume":)" +
            std::to_string(price >> 20) + "},";
  }
  text.resize(size);
  return text;
}

} // namespace

std::string numbered_text(std::uint64_t number, std::size_t size, bool is_compressible) {
  constexpr std::size_t digits = 16;
  std::string text(std::min(size, digits), '0');
  // The last digits come first where not all fit: they are what differs.
  for (std::size_t i = 0; i < text.size(); ++i)
    text[text.size() - 1 - i] = "0123456789abcdef"[number >> (4 * i) & 0xF];
  const auto rest = size - text.size();
  return text + (is_compressible ? ticks(rest) : std::string(rest, 'v'));
}

message_set::message_set(std::size_t size, bool compression) {
  const auto count = std::clamp(bytes_max / size, messages_min, messages_max);
  std::uint32_t key = 0x9E3779B9;
  for (std::size_t i = 0; i < count; ++i)
    payloads_.push_back(numbered_text(i, size, compression));
  for (std::size_t i = 0; i < 2 * count; ++i) {
    begins_.push_back(frames_.size());
    const auto& payload = payloads_[i % count];
    append_masked(frames_, frame_type::text, compression ? codec_.compress(payload) : payload,
                  next_random(key), compression);
  }
  begins_.push_back(frames_.size());
  echoes_.resize(count);
}

message_set::piece message_set::frames(std::uint64_t first, std::size_t count) const {
  const auto begin = first % payloads_.size();
  const auto end = std::min(begin + count, begins_.size() - 1);
  return {std::string_view(frames_).substr(begins_[begin], begins_[end] - begins_[begin]),
          end - begin};
}

void message_set::verify(std::uint64_t number, const incoming& echo) {
  const auto slot = number % payloads_.size();
  if (echo.type == frame_type::text) {
    if (!echo.is_compressed && echo.payload == payloads_[slot]) return;
    if (echo.is_compressed && echo.payload == echoes_[slot]) return;
    if (echo.is_compressed && codec_.decompress(echo.payload) == payloads_[slot]) {
      echoes_[slot] = echo.payload;
      return;
    }
  }
  throw protocol_failure("the answer to a message is another than the message: is there an "
                         "echo at this path?");
}

} // namespace vaquero::bench
