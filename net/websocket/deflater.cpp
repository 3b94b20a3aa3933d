#include "net/websocket/deflater.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <zlib.h>

namespace vaquero {

namespace {

constexpr std::size_t tail_size = 4; // 00 00 FF FF, which the receiver adds again

// A flush that finds less than seven bytes of room may flush once more (zlib.h).
constexpr std::size_t room_min = 16;

// zlib has no raw stream with a window of 256 bytes. With one of 512 it refers back 250 at most (the
// window less its lookahead of 262), which the smaller window has as well.
constexpr int smallest_window = 9;

constexpr std::size_t state_bytes = 6 * 1024; // beside the window and the tables

int to_zlib(deflate_strategy strategy) {
  switch (strategy) {
    case deflate_strategy::standard: return Z_DEFAULT_STRATEGY;
    case deflate_strategy::filtered: return Z_FILTERED;
    case deflate_strategy::huffman_only: return Z_HUFFMAN_ONLY;
    case deflate_strategy::rle: return Z_RLE;
  }
  return Z_DEFAULT_STRATEGY;
}

} // namespace

deflater::deflater(const deflate_options& options, int window_bits, bool keeps_context)
    : stream_(std::make_unique<z_stream>()), keeps_context_(keeps_context) {
  const int window = std::max(window_bits, smallest_window);
  bytes_held_ = sizeof(z_stream) + state_bytes + (std::size_t{1} << (window + 2)) +
                (std::size_t{1} << (options.mem_level + 9)); // zconf.h
  if (deflateInit2(stream_.get(), options.level, Z_DEFLATED, -window, options.mem_level,
                   to_zlib(options.strategy)) != Z_OK)
    throw std::bad_alloc();
}

deflater::~deflater() { deflateEnd(stream_.get()); }

std::size_t deflater::bytes_held() const { return bytes_held_; }

void deflater::deflate(std::string_view message, detail::payload_buffer& out) {
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  out.clear(out.capacity());
  // zlib has nothing to flush twice, so an empty message is written by hand (RFC 7692 section
  // 7.2.3.6).
  if (message.empty()) {
    constexpr std::byte empty_block{0};
    return out.append({&empty_block, 1}, 1);
  }
  auto& stream = *stream_;
  if (!keeps_context_) deflateReset(&stream);
  const auto expected = deflateBound(&stream, message.size()) + room_min;
  do {
    const auto given = static_cast<uInt>(std::min(message.size(), most));
    const auto room = out.room(room_min, expected);
    const auto offered = static_cast<uInt>(std::min(room.size(), most));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
    stream.avail_in = given;
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = offered;
    ::deflate(&stream, given == message.size() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
    out.added(offered - stream.avail_out);
    message.remove_prefix(given - stream.avail_in);
  } while (!message.empty() || stream.avail_out == 0);
  out.drop_last(tail_size);
}

} // namespace vaquero
