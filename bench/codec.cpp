// What does it cost to decode a client's small text message and to encode its echo?
// Count instructions with callgrind: the difference of two runs with different --messages is the
// cost of the messages.
#include "net/websocket/frame_decoder.hpp"
#include "net/websocket/frame_encoder.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

using namespace vaquero;

namespace {

constexpr const char* usage =
    "usage: codec [--messages N] [--per-buffer N] [--size BYTES] [--into WHAT]\n"
    "Decodes N masked text messages and encodes each of them again.\n"
    "  --messages N    how many, 1 to 1000000000 (10000000)\n"
    "  --per-buffer N  how many lie in one receive buffer, 1 to 1000 (1)\n"
    "  --size BYTES    payload of a message, 0 to 1000000 (16)\n"
    "  --into WHAT     string: append_frame; memory: encode_frame (memory)\n";

struct settings {
  std::uint64_t messages = 10'000'000;
  std::uint64_t per_buffer = 1;
  std::uint64_t size = 16;
  bool into_string = false;
};

bool parse_number(std::string_view text, std::uint64_t least, std::uint64_t most,
                  std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= least && out <= most;
}

bool parse(int argc, char** argv, settings& out) {
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string_view value = i + 1 < argc ? argv[i + 1] : "";
    const bool known =
        (name == "--messages" && parse_number(value, 1, 1'000'000'000, out.messages)) ||
        (name == "--per-buffer" && parse_number(value, 1, 1000, out.per_buffer)) ||
        (name == "--size" && parse_number(value, 0, 1'000'000, out.size)) ||
        (name == "--into" && (value == "string" || value == "memory"));
    if (!known) return false;
    if (name == "--into") out.into_string = value == "string";
  }
  return true;
}

/// Decodes and encodes until as many messages have passed. Returns how many bytes were encoded, to
/// be looked at.
std::uint64_t run(const settings& wanted) {
  // Decoding unmasks in place. Text and key are ASCII, so a message that was unmasked is, read once
  // more, another valid masked message: the buffer can be decoded again and again without the cost
  // of filling it.
  constexpr std::uint32_t ascii_key = 0x11223344;
  std::string buffer;
  for (std::uint64_t i = 0; i < wanted.per_buffer; ++i)
    append_masked_frame(buffer, opcode::text, std::string(wanted.size, 'e'), ascii_key);

  const decode_options options;
  frame_decoder decoder;
  std::string text;
  std::vector<std::byte> memory(wanted.per_buffer * (max_frame_header + wanted.size));
  std::uint64_t encoded = 0;
  for (std::uint64_t done = 0; done < wanted.messages; done += wanted.per_buffer) {
    auto input = std::as_writable_bytes(std::span(buffer));
    text.clear();
    std::byte* out = memory.data();
    for (;;) {
      const auto event = decoder.next(input, options);
      if (event.what != decode_event::kind::message) break;
      const std::string_view payload(reinterpret_cast<const char*>(event.payload.data()),
                                     event.payload.size());
      if (wanted.into_string)
        append_frame(text, event.type, payload);
      else
        out += encode_frame(out, event.type, payload);
    }
    encoded += text.size() + static_cast<std::uint64_t>(out - memory.data());
  }
  return encoded;
}

} // namespace

int main(int argc, char** argv) {
  settings wanted;
  if (argc == 2 && std::strcmp(argv[1], "--help") == 0) {
    std::fputs(usage, stdout);
    return 0;
  }
  if (!parse(argc, argv, wanted)) {
    std::fputs(usage, stderr);
    return 2;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto encoded = run(wanted);
  const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - begin;
  std::printf("%llu messages of %llu bytes, %llu per buffer: %.1f ns a message (%llu bytes out)\n",
              static_cast<unsigned long long>(wanted.messages),
              static_cast<unsigned long long>(wanted.size),
              static_cast<unsigned long long>(wanted.per_buffer),
              taken.count() / static_cast<double>(wanted.messages),
              static_cast<unsigned long long>(encoded));
  return 0;
}
