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
constexpr std::size_t worth_moving = 64 * 1024;
constexpr std::size_t dead_bytes_max = 4096; // or as much as lives, whichever is more

} // namespace

outbox::~outbox() { account_->change(capacity_, 0); }

void outbox::grow(std::size_t more) {
  auto wanted = std::max({first_capacity, capacity_ * 2, size_ + more});
  auto larger = std::make_unique_for_overwrite<std::byte[]>(wanted);
  if (size_ != 0) std::memcpy(larger.get(), bytes_.get(), size_);
  bytes_ = std::move(larger);
  hold(wanted);
}

void outbox::hold(std::size_t capacity) {
  account_->change(capacity_, capacity);
  capacity_ = capacity;
}

void outbox::append_raw(std::string_view bytes) {
  std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
  size_ += bytes.size();
  boundary_ = size_;
}

void outbox::append_begun(std::string_view frame, std::size_t sent) {
  std::memcpy(room(frame.size()), frame.data(), frame.size());
  size_ = frame.size();
  sent_ = sent;
  boundary_ = 0;
}

void outbox::append_close(std::uint16_t code, std::string_view reason) {
  stop_tracking(); // what comes behind the rest is written, whatever it is
  std::string frame;
  vaquero::append_close(frame, code, reason);
  std::memcpy(room(frame.size()), frame.data(), frame.size());
  size_ += frame.size();
}

outbox::result outbox::write_to(int fd) {
  progressed_ = false;
  if (empty()) return result::done;
  if (is_scattered_) lay_out();
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
  if (index_) index_->forget_begun(sent_);
  if (boundary_ <= sent_ && boundary_ >= worth_moving && boundary_ >= size_ / 2) lay_out();
}

/// What lies before it is finished, whatever is dropped: what is no frame, and the frame begun.
std::size_t outbox::end_of_begun() const {
  if (boundary_ >= sent_) return boundary_;
  return std::min(size_, boundary_ + frame_size({bytes_.get() + boundary_, size_ - boundary_}));
}

void outbox::drop_unstarted() {
  const auto end = end_of_begun();
  index_.reset();
  dead_ = 0;
  is_scattered_ = false;
  size_ = end;
  lay_out();
}

void outbox::release() noexcept {
  if (capacity_ > kept_capacity_max) {
    bytes_.reset();
    hold(0);
  }
  index_.reset();
  is_scattered_ = false;
}

// -- tracked --------------------------------------------------------------------------------------------

void outbox::track() {
  if (index_) return;
  index_ = std::make_unique<frame_index>();
  for (auto at = end_of_begun(); at < size_;) {
    const auto length = frame_size({bytes_.get() + at, size_ - at});
    index_->append(at, length, is_control(static_cast<opcode>(bytes_[at] & std::byte{0x0F})));
    at += length;
  }
}

void outbox::append_tracked(opcode type, std::string_view payload, std::string_view key) {
  const auto at = size_;
  append_frame(type, payload);
  auto* old = key.empty() ? nullptr : index_->find(key);
  if (!old) return index_->append(at, size_ - at, is_control(type), key);
  dead_ += old->size;
  is_scattered_ = true;
  old->at = at;
  old->size = size_ - at;
  if (dead_ > std::max(size(), dead_bytes_max)) lay_out();
}

std::size_t outbox::size_of(std::string_view key) {
  const auto* found = index_->find(key);
  return found ? found->size : 0;
}

bool outbox::drop_oldest() {
  const auto dropped = index_->drop_oldest();
  if (dropped == 0) return false;
  dead_ += dropped;
  is_scattered_ = true;
  if (dead_ > std::max(size(), dead_bytes_max)) lay_out();
  return true;
}

/// The same bytes without gaps and in order, from the frame begun on.
void outbox::lay_out() {
  const auto from = std::min(boundary_, sent_);
  const auto capacity = std::max(first_capacity, size_ - dead_ - from);
  auto fresh = std::make_unique_for_overwrite<std::byte[]>(capacity);
  auto end = (index_ ? end_of_begun() : size_) - from;
  std::memcpy(fresh.get(), bytes_.get() + from, end);
  if (index_) {
    for (auto& each : index_->entries()) {
      std::memcpy(fresh.get() + end, bytes_.get() + each.at, each.size);
      each.at = end;
      end += each.size;
    }
  }
  bytes_ = std::move(fresh);
  hold(capacity);
  size_ = end;
  sent_ -= from;
  boundary_ -= from;
  dead_ = 0;
  is_scattered_ = false;
}

void outbox::stop_tracking() {
  if (!index_) return;
  if (is_scattered_) lay_out();
  index_.reset();
}

} // namespace vaquero
