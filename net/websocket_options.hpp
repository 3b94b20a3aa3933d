// What a connection may be told, by its route or by its handler. An aggregate: set it by name,
// `{.idle_timeout = 30s}`.
#pragma once

#include "net/output_queue.hpp"
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

  /// What may wait for a peer that does not keep up: frames not begun, and with them the bytes that
  /// the kernel has not taken. A frame that finds none waiting is always taken.
  std::size_t queue_bytes_max = 1 << 20;
  std::size_t queue_frames_max = 1024;

  /// What happens to a frame for which there is no room.
  vaquero::queue_policy queue_policy = vaquero::queue_policy::close;

  /// Of the close frame when there is no room; the terminate reason is stop.
  std::uint16_t queue_close_code = 1013;

  /// When the handler gets queue_high and queue_low: over the one share, and then down to the other, of
  /// queue_bytes_max or queue_frames_max.
  unsigned queue_high_percent = 50;
  unsigned queue_low_percent = 25;

  /// Bytes that the kernel may take before it sends them, plus one segment (64 KiB at most). What it
  /// has taken can be neither dropped nor replaced. 0: the system's setting. (TCP_NOTSENT_LOWAT)
  std::uint32_t unsent_bytes_max = 64 * 1024;

  /// The peer gets a ping after each such time in which nothing was received. A pong is received data:
  /// a peer that sends none runs into idle_timeout, nothing else looks for it.
  std::chrono::milliseconds ping_interval = infinity;

  /// The connection is closed with 1012 (terminate reason stop) so long after its handshake, less a
  /// random part of the spread, so that those that came together do not come back together.
  std::chrono::milliseconds max_lifetime = infinity;
  unsigned lifetime_spread_percent = 10;

  /// Whether messages are compressed with a client that offers it (RFC 7692). With `deflate` as it is
  /// a connection needs no memory for that. (cowboy: compress)
  bool compress = false;

  /// Bytes; a shorter message is sent as it is, for compressing it would save little.
  std::size_t compress_min_size = 128;

  /// How; a context that is taken over is memory of the connection's own. (cowboy: deflate_opts)
  deflate_options deflate = {};

  bool operator==(const websocket_options&) const = default;
};

/// Throws std::invalid_argument, with what is allowed, for a close code that may not be sent, for
/// percentages that are over 100 or in the wrong order, and for what check_deflate_options refuses.
void check_options(const websocket_options& options);

/// What a handler may change while it runs: set_options({.idle_timeout = 5s}). What is not set stays.
struct websocket_options_change {
  std::optional<std::chrono::milliseconds> idle_timeout = {};
  std::optional<std::uint64_t> max_frame_size = {};
};

} // namespace vaquero
