// Payload that has arrived while its message or frame is incomplete. It grows by realloc, which
// moves the pages of a large block instead of its bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>

namespace vaquero::detail {

class payload_buffer {
 public:
  /// Appends bytes. The capacity doubles, so that appending stays linear, but never beyond
  /// `expected`, the size that the payload is known to have at most in the end: what is held is
  /// bounded by twice what arrived.
  void append(std::span<const std::byte> bytes, std::uint64_t expected) {
    if (bytes.empty()) return;
    if (bytes.size() > capacity_ - size_) grow(size_ + bytes.size(), expected);
    std::memcpy(data_.get() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  /// All the memory behind what is there, at least so much: for somebody else to write to, who says
  /// with `added` how much it was.
  std::span<std::byte> room(std::size_t at_least, std::uint64_t expected) {
    if (capacity_ - size_ < at_least) grow(size_ + at_least, expected);
    return {data_.get() + size_, capacity_ - size_};
  }
  void added(std::size_t bytes) { size_ += bytes; }
  void drop_last(std::size_t bytes) { size_ -= bytes; }

  /// Empties it, and gives its memory back if that is more.
  void clear(std::size_t kept_max) {
    size_ = 0;
    if (capacity_ <= kept_max) return;
    data_.reset();
    capacity_ = 0;
  }

  std::span<std::byte> bytes() { return {data_.get(), size_}; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }

 private:
  struct release {
    void operator()(std::byte* data) const { std::free(data); }
  };

  void grow(std::size_t needed, std::uint64_t expected) {
    const std::uint64_t doubled = std::max<std::uint64_t>(2 * capacity_, smallest);
    const auto capacity =
        std::max<std::size_t>(needed, static_cast<std::size_t>(std::min(doubled, expected)));
    auto* moved = static_cast<std::byte*>(std::realloc(data_.get(), capacity));
    if (moved == nullptr) throw std::bad_alloc();
    static_cast<void>(data_.release()); // realloc freed it
    data_.reset(moved);
    capacity_ = capacity;
  }

  static constexpr std::size_t smallest =
      64; // saves the first reallocations of a payload that trickles in

  std::unique_ptr<std::byte[], release> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace vaquero::detail
