// What the compressed connections of one loop share: zlib streams that keep no context, and the two
// buffers that messages pass through. It is made of nothing until a message needs it. It belongs to
// the loop's thread.
#pragma once

#include "net/websocket/deflater.hpp"
#include "net/websocket/inflater.hpp"

#include <memory>
#include <vector>

namespace vaquero {

class deflate_pool {
 public:
  /// The compressor for these options and this window; valid until the next call. There are as many
  /// as there were such pairs, and `compressors_max` at most: beyond it the one used longest ago
  /// makes room.
  deflater& compressor(const deflate_options& options, int window_bits);

  /// The decompressor for every window.
  inflater& decompressor();

  /// Where a message is decompressed to, by this pool's decompressor or a connection's own; it holds
  /// the message until the next one.
  detail::payload_buffer& inflated() noexcept { return inflated_; }

  /// The same for a message that is compressed.
  detail::payload_buffer& deflated() noexcept { return deflated_; }

  /// What the two buffers are cleared to when a message is done with.
  static constexpr std::size_t kept_capacity_max = 64 * 1024; // as much as a loop receives at once

  /// With the default options one compressor for each window that clients may ask for, and a few
  /// routes' own options; 4 MB if all are there.
  static constexpr std::size_t compressors_max = 16;

 private:
  struct entry {
    deflate_options options;
    int window_bits;
    std::unique_ptr<deflater> stream;
  };

  std::vector<entry> compressors_; // the one used last comes first
  std::unique_ptr<inflater> decompressor_;
  detail::payload_buffer inflated_;
  detail::payload_buffer deflated_;
};

} // namespace vaquero
