// What one socket still has to send, in order: frames, or one HTTP response and frames behind it. It
// exists only while there is something to send; a loop keeps the empty ones for the next socket. Frames
// lie in one buffer, as they are sent; once it is tracked, those not begun can be dropped or replaced.
#pragma once

#include "net/frame_index.hpp"
#include "net/memory_budget.hpp"
#include "net/websocket/frame_encoder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace vaquero {

class io_source;

class outbox {
 public:
  /// What it holds is charged to `account`.
  explicit outbox(memory_account& account) : account_(&account) {}
  ~outbox();
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;

  /// Bytes that are not frames (an HTTP response). In front of any frame.
  void append_raw(std::string_view bytes);

  /// Not while it is tracked.
  void append_frame(opcode type, std::string_view payload) {
    size_ += encode_frame(room(max_frame_header + payload.size()), type, payload);
  }

  /// A frame of which so many bytes have been sent. It is empty before.
  void append_begun(std::string_view frame, std::size_t sent);

  /// Code 0: a close frame without code and reason. Behind all else; tracking ends.
  void append_close(std::uint16_t code, std::string_view reason);

  bool empty() const noexcept { return sent_ == size_; }

  /// Bytes that the kernel has not taken.
  std::size_t size() const noexcept { return size_ - sent_ - dead_; }

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

  /// Drops the frames of which no byte has been sent, and the heap that they took; one begun stays, so
  /// that the stream holds.
  void drop_unstarted();

  // -- while the kernel takes no more, or a frame with a key waits ------------------------------------

  /// From here on it knows each frame of which no byte has been sent.
  void track();
  bool is_tracked() const noexcept { return index_ != nullptr; }

  /// How many frames of which no byte has been sent; 0 unless it is tracked.
  std::size_t frames() const noexcept { return index_ ? index_->size() : 0; }

  /// Tracked: a frame behind all others; or, if one with this key waits, in its place.
  void append_tracked(opcode type, std::string_view payload, std::string_view key);

  /// Tracked: the bytes of the waiting frame that has the key; 0 if there is none.
  std::size_t size_of(std::string_view key);

  /// Tracked: drops the oldest waiting text or binary; false if there is none.
  bool drop_oldest();

  /// Empties it for the next socket, keeping a modest buffer.
  void reset() noexcept {
    if (capacity_ > kept_capacity_max || index_) [[unlikely]]
      release();
    size_ = sent_ = boundary_ = dead_ = 0;
  }

  /// Whom the loop calls to write.
  io_source* owner = nullptr;

  /// For the loop, while nobody has it: the next spare one.
  outbox* next_spare = nullptr;

  /// For the owner: when the kernel stopped taking, in ticks of the loop.
  std::uint32_t stalled_since = 0;

  /// For the owner, who resets it: whether its handler was told that much waits.
  bool is_high = false;

  /// Where it stands in the loop's list of those to be written in this turn.
  static constexpr std::uint32_t not_listed = 0xFFFFFFFF;
  std::uint32_t flush_place = not_listed;

 private:
  static constexpr std::size_t kept_capacity_max =
      16 * 1024; // of one that waits for its next socket

  std::byte* room(std::size_t more) {
    if (capacity_ - size_ < more) [[unlikely]]
      grow(more);
    return bytes_.get() + size_;
  }
  void grow(std::size_t more);
  void hold(std::size_t capacity);
  void release() noexcept;
  void find_frame_begun();
  std::size_t end_of_begun() const;
  void lay_out();
  void stop_tracking();

  memory_account* account_;
  std::unique_ptr<std::byte[]> bytes_;
  std::unique_ptr<frame_index> index_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
  std::size_t sent_ = 0;
  std::size_t boundary_ = 0;  // where a frame begins, the one that sent_ lies in once it got there
  std::size_t dead_ = 0;      // bytes of frames that were dropped or replaced
  bool is_scattered_ = false; // the frames do not lie one behind the other
  bool progressed_ = false;
};

} // namespace vaquero
