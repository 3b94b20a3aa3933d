// Compressed messages of any bytes. An input is one byte of options and then messages, each behind
// two bytes of length. What must hold: no message is larger than the limit, and its buffer not much
// larger than what came out; a text is UTF-8; a decompressor that keeps no context says the same
// whatever came before; and what comes out survives being compressed by us and read again.
#include "net/websocket/deflater.hpp"
#include "net/websocket/inflater.hpp"
#include "net/websocket/utf8.hpp"
#include "tests/fuzz/check.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

/// The least that a buffer takes, and the byte over the limit.
constexpr std::size_t buffer_at_rest = 65;

struct result {
  std::optional<decode_error> error;
  std::string message;

  bool operator==(const result&) const = default;
};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

result inflate(inflater& by, std::string_view payload, const inflate_limits& limits) {
  detail::payload_buffer out;
  result got{.error = by.inflate(bytes_of(payload), limits, out), .message = {}};
  check(out.size() <= limits.max_size + 1);
  check(out.capacity() <= buffer_at_rest + 2 * out.size());
  if (got.error) return got;
  got.message.assign(reinterpret_cast<const char*>(out.bytes().data()), out.size());
  check(got.message.size() <= limits.max_size);
  check(!limits.check_text || is_valid_utf8(got.message));
  return got;
}

std::string_view next_message(std::string_view& rest) {
  if (rest.size() < 2) return std::exchange(rest, {});
  const std::size_t size =
      static_cast<std::uint8_t>(rest[0]) << 8 | static_cast<std::uint8_t>(rest[1]);
  const auto message = rest.substr(2, size);
  rest.remove_prefix(2 + message.size());
  return message;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static constexpr std::uint64_t limits_of[] = {0, 12, 4000, 100'000};
  const int bits = 8 + (data[0] >> 2 & 7);
  const inflate_limits limits{.max_size = limits_of[data[0] & 3],
                              .check_text = (data[0] & 32) != 0};
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);

  inflater shared(15, false), own(bits, true), reader(bits, true);
  deflater writer({}, bits, true);
  bool own_has_failed = false;
  while (!rest.empty()) {
    const auto payload = next_message(rest);
    const auto got = inflate(shared, payload, limits);
    inflater fresh(15, false);
    check(inflate(fresh, payload, limits) == got);
    if (!own_has_failed) own_has_failed = inflate(own, payload, limits).error.has_value();
    if (got.error) continue;

    detail::payload_buffer compressed;
    writer.deflate(got.message, compressed);
    const std::string again(reinterpret_cast<const char*>(compressed.bytes().data()),
                            compressed.size());
    check(inflate(reader, again, limits) == got);
  }
  return 0;
}
