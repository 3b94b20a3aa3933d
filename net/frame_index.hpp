// Where the frames stand in an outbox, in the order in which they are to leave: what it takes to drop
// one or to replace it. An outbox has one only while its socket is blocked, or while a frame with a key
// waits; so those that keep up do not pay for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vaquero {

class frame_index {
 public:
  struct entry {
    std::size_t at;   // in the outbox's buffer
    std::size_t size; // header and payload; 0: dropped
    std::string key;  // empty: none
    bool is_control;
  };

  /// A frame behind all others.
  void append(std::size_t at, std::size_t size, bool is_control, std::string_view key = {});

  /// The frame that has the key; null if none waits. It keeps its place when its bytes are replaced.
  entry* find(std::string_view key);

  /// Drops the frame in front that is not a control frame. Returns its size; 0 if there is none.
  std::size_t drop_oldest();

  /// Forgets the frames of which bytes before `sent` are part. They have to lie in order.
  void forget_begun(std::size_t sent);

  /// How many wait.
  std::size_t size() const noexcept { return size_; }

  /// In order; the dropped ones are among them.
  std::deque<entry>& entries() noexcept { return entries_; }

 private:
  void pop_front();

  std::deque<entry> entries_;
  std::unordered_map<std::string, std::uint64_t> numbers_; // of the keys' frames
  std::uint64_t first_number_ = 0;                         // of the entry in front
  std::size_t size_ = 0;
};

} // namespace vaquero
