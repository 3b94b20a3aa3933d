// What a connection may be told, by its route or by its handler. An aggregate: set it by name,
// `{.idle_timeout = 30s}`.
#pragma once

#include "net/websocket/deflate_options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace vaquero {

/// For a duration: never.
constexpr std::chrono::milliseconds infinity = std::chrono::milliseconds::max();

struct websocket_options {
  /// The connection ends when nothing was received for so long (terminate reason timeout, close code
  /// 1000). Sending does not count. To a tenth of a second, never early. (cowboy: idle_timeout)
  std::chrono::milliseconds idle_timeout{60'000};

  /// Bytes of one message, in one frame or reassembled; a larger one ends the connection (badsize,
  /// 1009). (cowboy: max_frame_size)
  std::uint64_t max_frame_size = 1'000'000;

  /// Whether text messages and close reasons must be UTF-8. (cowboy: validate_utf8)
  bool validate_utf8 = true;

  /// How long the peer may take nothing of what waits to be sent; then the socket is reset
  /// (socket_error, timed_out). (ranch: send_timeout)
  std::chrono::milliseconds send_timeout{30'000};

  /// How long, after our last byte, we read and discard until the peer closes; then the socket is
  /// closed as it is.
  std::chrono::milliseconds close_timeout{5'000};

  /// Bytes that may wait for a peer that does not keep up; over it the connection is closed with
  /// 1013 (terminate reason stop).
  std::size_t queue_bytes_max = 1 << 20;

  /// Whether messages are compressed with a client that offers it (RFC 7692). With `deflate` as it is
  /// a connection needs no memory for that. (cowboy: compress)
  bool compress = false;

  /// Bytes; a shorter message is sent as it is, for compressing it would save little.
  std::size_t compress_min_size = 128;

  /// How; a context that is taken over is memory of the connection's own. (cowboy: deflate_opts)
  deflate_options deflate = {};

  bool operator==(const websocket_options&) const = default;
};

/// What a handler may change while it runs: set_options({.idle_timeout = 5s}). What is not set stays.
struct websocket_options_change {
  std::optional<std::chrono::milliseconds> idle_timeout = {};
  std::optional<std::uint64_t> max_frame_size = {};
};

} // namespace vaquero
