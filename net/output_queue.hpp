// What waits for a client that does not keep up, as handlers, options and other actors see it. Values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vaquero {

/// What happens to a frame that finds the queue full. Pings, pongs and close frames are never dropped, a
/// frame of which the first byte has left is finished, and where no drop makes room for a ping or pong
/// (twice the bounds) the connection is closed, whatever the policy.
enum class queue_policy : std::uint8_t {
  close,       // what waits is dropped, and the connection closed with queue_close_code
  drop_newest, // it is dropped itself
  drop_oldest, // the oldest make room for it
  keep_latest, // as close; but a frame with a key takes the place of a waiting one with that key
};

/// What waits now, and what has been dropped since the handshake.
struct queue_state {
  std::uint64_t bytes = 0;   // that the kernel has not taken
  std::uint64_t frames = 0;  // of which no byte has been sent; 0 while the kernel takes all
  std::uint64_t dropped = 0; // frames: dropped, or replaced by a later one with their key
};

/// To a handler that lists it: so much waits that it had better send less. Once, until queue_low.
struct queue_high {
  std::uint64_t bytes;
  std::uint64_t frames;
};

/// To a handler that lists it, after queue_high: the client has caught up.
struct queue_low {
  std::uint64_t bytes;
  std::uint64_t frames;
};

} // namespace vaquero
