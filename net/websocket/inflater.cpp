#include "net/websocket/inflater.hpp"

#include "net/websocket/utf8.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <zlib.h>

namespace vaquero {

namespace {

/// What every compressed message ends with, and its sender has removed (RFC 7692 section 7.2.1).
constexpr std::array<std::byte, 4> tail{std::byte{0}, std::byte{0}, std::byte{0xFF},
                                        std::byte{0xFF}};

constexpr std::size_t state_bytes = 7 * 1024; // zconf.h says "about 7 KB", beside the window

/// Whether a block has just ended, and with the last bit of a byte (zlib.h on data_type).
bool is_between_blocks(const z_stream& stream) {
  constexpr int block_has_ended = 128;
  constexpr int unused_bits = 63;
  return (stream.data_type & block_has_ended) != 0 && (stream.data_type & unused_bits) == 0;
}

} // namespace

struct inflater::output {
  /// Notes that so much was written behind the message.
  std::optional<decode_error> add(std::size_t size) {
    const auto begin = to.size();
    to.added(size);
    if (to.size() > limits.max_size) return decode_error::badsize;
    if (limits.check_text && !text.feed(to.bytes().subspan(begin)))
      return decode_error::badencoding;
    return {};
  }

  const inflate_limits& limits;
  detail::payload_buffer& to;
  utf8_validator text = {};
};

inflater::inflater(int window_bits, bool keeps_context)
    : stream_(std::make_unique<z_stream>()), window_bits_(window_bits),
      keeps_context_(keeps_context) {
  if (inflateInit2(stream_.get(), -window_bits) != Z_OK) throw std::bad_alloc(); // minus: no header
}

inflater::~inflater() { inflateEnd(stream_.get()); }

std::size_t inflater::bytes_held() const {
  return sizeof(z_stream) + state_bytes + (std::size_t{1} << window_bits_);
}

std::optional<decode_error> inflater::inflate(std::span<const std::byte> compressed,
                                              const inflate_limits& limits,
                                              detail::payload_buffer& out) {
  out.clear(out.capacity());
  // Such a sender had nothing to compress. Without its first byte the tail is no block.
  if (compressed.empty()) return {};
  if (!keeps_context_) inflateReset(stream_.get());
  output to{.limits = limits, .to = out};
  if (auto error = inflate_part(compressed, to)) return error;
  if (auto error = inflate_part(tail, to)) return error;
  if (!is_between_blocks(*stream_)) return decode_error::badframe;
  if (limits.check_text && !to.text.complete()) return decode_error::badencoding;
  return {};
}

std::optional<decode_error> inflater::inflate_part(std::span<const std::byte> part, output& to) {
  constexpr std::uint64_t most = std::numeric_limits<uInt>::max();
  const std::uint64_t one_too_many = std::max(to.limits.max_size, to.limits.max_size + 1);
  auto& stream = *stream_;
  for (;;) {
    const auto room = to.to.room(1, one_too_many);
    const auto given = static_cast<uInt>(std::min<std::uint64_t>(part.size(), most));
    const auto offered = static_cast<uInt>(std::min<std::uint64_t>(room.size(), most));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(part.data()));
    stream.avail_in = given;
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = offered;
    const int status = ::inflate(&stream, Z_SYNC_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status == Z_DATA_ERROR || status == Z_NEED_DICT) return decode_error::badframe;
    if (auto error = to.add(offered - stream.avail_out)) return error;
    part = part.subspan(given - stream.avail_in);
    // A final block may stand anywhere, and another may follow, which refers to what came before
    // (section 7.2.3.4). So the window stays.
    if (status == Z_STREAM_END) inflateResetKeep(&stream);
    // zlib may hold back output only as long as it has no room for it.
    if (part.empty() && stream.avail_out > 0) return {};
  }
}

} // namespace vaquero
