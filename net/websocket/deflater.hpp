// Compresses messages, RFC 7692 section 7.2.1, one whole message at a time. One that keeps no
// context forgets each message, so that many connections can share it; one that does belongs to one
// connection, and each message that it has compressed must be sent. Not for two threads at once.
#pragma once

#include "net/websocket/deflate_options.hpp"
#include "net/websocket/detail/payload_buffer.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

struct z_stream_s;

namespace vaquero {

class deflater {
 public:
  /// `window_bits`: how far messages may refer back, 8 to 15. The options have been checked. Throws
  /// std::bad_alloc.
  deflater(const deflate_options& options, int window_bits, bool keeps_context);
  ~deflater();

  /// Replaces what is in `out` by the payload of a frame with RSV1 set.
  void deflate(std::string_view message, detail::payload_buffer& out);

  /// The bytes of heap it holds.
  std::size_t bytes_held() const;

 private:
  std::unique_ptr<z_stream_s> stream_; // zlib's state points back at it, so it must not move
  std::size_t bytes_held_;
  bool keeps_context_;
};

} // namespace vaquero
