// A socket after its last message: what is left is written, the write side is shut down, and what the
// peer still sends is read and thrown away until it closes too. Closing at once, with input unread, would
// make the kernel send a reset, and the peer could lose our last message to it. Bounded in time and bytes.
#pragma once

#include "net/detail/recycled.hpp"
#include "net/io_source.hpp"
#include "net/loop.hpp"

namespace vaquero {

class lingering_close final : public io_source, public detail::recycled<lingering_close> {
 public:
  struct patience {
    std::chrono::milliseconds send;  // to take what is left; then the socket is reset
    std::chrono::milliseconds close; // to close, after our last byte
  };

  /// Takes the socket from `old`, with what it had to send, if anything. It destroys itself.
  static void take_over(loop& home, int fd, io_source& old, outbox* rest, patience bounds);

  void on_ready(readiness what) override;
  void on_flush() override;
  void on_deadline() override;
  void on_stop(bool now) override;
  std::size_t held_bytes() const override { return rest_ ? rest_->capacity() : 0; }
  void on_low_memory() override { finish(true); }

 private:
  // What a peer may still send; it has no business to send more, for nobody listens.
  static constexpr std::size_t discarded_bytes_max = 16 * 1024 * 1024;

  lingering_close(loop& home, int fd, outbox* rest, patience bounds)
      : home_(home), fd_(fd), rest_(rest), bounds_(bounds) {}

  void write_out();
  void shut_down_writing();
  void discard();
  void finish(bool reset);

  loop& home_;
  int fd_;
  outbox* rest_;
  patience bounds_;
  std::size_t discarded_ = 0;
  bool is_peer_done_ = false; // it sends no more
};

} // namespace vaquero
