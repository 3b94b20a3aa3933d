#include "net/outbox.hpp"

#include "net/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <string>
namespace vaquero {

namespace {

constexpr std::size_t first_capacity = 512;
constexpr std::size_t kept_capacity_max =
    16 * 1024; // of an empty one that waits for its next socket
constexpr std::size_t worth_moving = 64 * 1024;

} // namespace

void outbox::grow(std::size_t more) {
  auto wanted = std::max({first_capacity, capacity_ * 2, size_ + more});
  auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
  if (size_ != 0) std::memcpy(larger.get(), bytes_.get(), size_);
  bytes_ = std::move(larger);
  capacity_ = wanted;
}

void outbox::append_raw(std::string_view bytes) {
  std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
  size_ += bytes.size();
  boundary_ = size_;
}

void outbox::append_close(std::uint16_t code, std::string_view reason) {
  std::string frame;
  vaquero::append_close(frame, code, reason);
  std::memcpy(room(frame.size()), frame.data(), frame.size());
  size_ += frame.size();
}

outbox::result outbox::write_to(int fd) {
  progressed_ = false;
  if (empty()) return result::done;
  const auto count = transmit(fd, {bytes_.get() + sent_, size()});
  if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? result::blocked : result::failed;
  progressed_ = count > 0;
  sent_ += static_cast<std::size_t>(count);
  if (empty()) {
    reset();
    return result::done;
  }
  find_frame_begun();
  return result::blocked;
}

void outbox::find_frame_begun() {
  while (boundary_ < sent_) {
    auto end = boundary_ + frame_size({bytes_.get() + boundary_, size_ - boundary_});
    if (end > sent_) break;
    boundary_ = end;
  }
  if (boundary_ <= sent_ && boundary_ >= worth_moving && boundary_ >= size_ / 2) {
    std::memmove(bytes_.get(), bytes_.get() + boundary_, size_ - boundary_);
    size_ -= boundary_;
    sent_ -= boundary_;
    boundary_ = 0;
  }
}

void outbox::drop_unstarted() {
  if (boundary_ >= sent_) // what is no frame stays whole, and so does what ends just here
    size_ = boundary_;
  else
    size_ = std::min(size_, boundary_ + frame_size({bytes_.get() + boundary_, size_ - boundary_}));
}

void outbox::reset() noexcept {
  if (capacity_ > kept_capacity_max) {
    bytes_.reset();
    capacity_ = 0;
  }
  size_ = sent_ = boundary_ = 0;
}

} // namespace vaquero
