// The decoder on any bytes. An input is three bytes, options and where to cut, and then the stream
// of a peer. What must hold: the events are the same whole, cut in two and byte by byte; no message
// is larger than the limit, and no text or reason is given out that is not UTF-8; what is held is
// bounded by what arrived.
#include "net/websocket/close_code.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/support/frame_stream.hpp"

#include <cstdint>
#include <string_view>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

constexpr std::size_t prefix_size = 3;

/// The decoder's own bookkeeping, and the least that its two buffers take.
constexpr std::size_t held_at_rest = 256;

decode_options options_from(std::uint8_t bits) {
  static constexpr std::uint64_t limits[] = {0, 12, 200, 1'000'000};
  return {.max_frame_size = limits[bits & 3],
          .validate_utf8 = (bits & 4) == 0,
          .from = (bits & 8) == 0 ? peer_role::client : peer_role::server,
          .allow_rsv1 = (bits & 16) != 0};
}

void check_event(const recorded_event& event, const decode_options& options) {
  using kind = decode_event::kind;
  const bool is_text = event.what == kind::message && event.type == opcode::text && !event.rsv1;
  if (event.what == kind::message) {
    check(event.type == opcode::text || event.type == opcode::binary);
    check(event.payload.size() <= options.max_frame_size);
    check(!event.rsv1 || options.allow_rsv1);
  }
  if (event.what == kind::ping || event.what == kind::pong) check(event.payload.size() <= 125);
  if (event.what == kind::close) {
    check(event.close_code == 0 ? event.payload.empty() : is_valid_close_code(event.close_code));
    check(event.payload.size() <= 123);
  }
  if (options.validate_utf8 && (is_text || event.what == kind::close))
    check(is_valid_utf8(event.payload));
}

void check_held(const decoding& run, std::size_t arrived) {
  check(run.most_held <= held_at_rest + 2 * arrived);
  check(!run.failed() || run.decoder.bytes_held() == 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < prefix_size) return 0;
  const auto options = options_from(data[0]);
  const std::string_view stream(reinterpret_cast<const char*>(data) + prefix_size,
                                size - prefix_size);
  const std::size_t cut = (std::size_t{data[1]} << 8 | data[2]) % (stream.size() + 1);

  decoding whole{.options = options};
  whole.feed(stream);
  check_held(whole, stream.size());
  for (const auto& event : whole.events)
    check_event(event, options);

  decoding in_two{.options = options};
  in_two.feed(stream.substr(0, cut));
  check_held(in_two, cut);
  in_two.feed(stream.substr(cut));
  check_held(in_two, stream.size());
  check(in_two.events == whole.events);
  check(in_two.decoder.idle() == whole.decoder.idle());

  decoding in_bytes{.options = options};
  for (std::size_t at = 0; at < stream.size(); ++at) {
    in_bytes.feed(stream.substr(at, 1));
    check_held(in_bytes, at + 1);
  }
  check(in_bytes.events == whole.events);
  check(in_bytes.decoder.idle() == whole.decoder.idle());
  return 0;
}
