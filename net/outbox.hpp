// What one socket still has to send, in order: frames, or one HTTP response and frames behind it. It
// exists only while there is something to send; a loop keeps the empty ones for the next socket.
#pragma once

#include "net/websocket/frame_encoder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace vaquero {

class io_source;

class outbox {
 public:
  /// Bytes that are not frames (an HTTP response). In front of any frame.
  void append_raw(std::string_view bytes);

  void append_frame(opcode type, std::string_view payload) {
    size_ += encode_frame(room(max_frame_header + payload.size()), type, payload);
  }

  /// Code 0: a close frame without code and reason.
  void append_close(std::uint16_t code, std::string_view reason);

  bool empty() const noexcept { return sent_ == size_; }

  /// Bytes that the kernel has not taken.
  std::size_t size() const noexcept { return size_ - sent_; }

  /// Bytes of heap held.
  std::size_t capacity() const noexcept { return capacity_; }

  enum class result : std::uint8_t {
    done,    // nothing is left
    blocked, // the kernel takes no more for now
    failed,  // the socket is broken; errno says how
  };

  /// One send of all that waits. `progressed` tells whether the kernel took anything.
  result write_to(int fd);
  bool progressed() const noexcept { return progressed_; }

  /// Drops the frames of which no byte has been sent; one begun stays, so that the stream holds.
  void drop_unstarted();

  /// Empties it for the next socket, keeping a modest buffer.
  void reset() noexcept;

  /// Whom the loop calls to write.
  io_source* owner = nullptr;

  /// For the loop, while nobody has it: the next spare one.
  outbox* next_spare = nullptr;

  /// For the owner: when the kernel stopped taking, in ticks of the loop.
  std::uint32_t stalled_since = 0;

  /// Where it stands in the loop's list of those to be written in this turn.
  static constexpr std::uint32_t not_listed = 0xFFFFFFFF;
  std::uint32_t flush_place = not_listed;

 private:
  std::byte* room(std::size_t more) {
    if (capacity_ - size_ < more) [[unlikely]]
      grow(more);
    return bytes_.get() + size_;
  }
  void grow(std::size_t more);
  void find_frame_begun();

  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::size_t sent_ = 0;
  std::size_t boundary_ = 0; // where a frame begins, the one that sent_ lies in once it got there
  bool progressed_ = false;
};

} // namespace vaquero
