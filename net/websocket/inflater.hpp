// Decompresses messages, RFC 7692 section 7.2.2, one whole message at a time. One that keeps no
// context has no memory of earlier messages, so that many connections can share it; one that does
// belongs to one connection. Not for two threads at once.
#pragma once

#include "net/websocket/detail/payload_buffer.hpp"
#include "net/websocket/frame_decoder.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

struct z_stream_s;

namespace vaquero {

struct inflate_limits {
  /// In bytes, of what comes out; one more is badsize, and nothing beyond it is decompressed.
  std::uint64_t max_size = 1'000'000;
  /// Whether what comes out is a text that must be UTF-8: it is checked as it comes, so that a bad
  /// one ends early.
  bool check_text = false;
};

class inflater {
 public:
  /// `window_bits`: how far messages refer back, 8 to 15. Throws std::bad_alloc.
  inflater(int window_bits, bool keeps_context);
  ~inflater();

  /// Replaces what is in `out` by the message, or says why there is none: badframe for what is not
  /// DEFLATE or is cut off. After an error one that keeps its context must not be used again.
  /// `out` grows to twice what has come out, but never beyond the limit and one byte.
  std::optional<decode_error> inflate(std::span<const std::byte> compressed,
                                      const inflate_limits& limits, detail::payload_buffer& out);

  /// The bytes of heap it holds at most.
  std::size_t bytes_held() const;

 private:
  struct output;
  std::optional<decode_error> inflate_part(std::span<const std::byte> part, output& to);

  std::unique_ptr<z_stream_s> stream_; // zlib's state points back at it, so it must not move
  int window_bits_;
  bool keeps_context_;
};

} // namespace vaquero
