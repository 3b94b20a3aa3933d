// What happens to frames for which the kernel has no room: the bounds of the queue, the policy at them,
// the water marks, and giving up when the whole node holds too much.
#include "net/client_log.hpp"
#include "net/connection_parts.hpp"
#include "net/websocket/close_code.hpp"

namespace vaquero {

namespace {

// While so much waits for a peer that does not read, we do not read from it either: an echo to it
// would only wait longer.
constexpr std::size_t choke_bytes = 64 * 1024;

constexpr auto try_again_later = static_cast<std::uint16_t>(close_code::try_again_later);
constexpr std::string_view no_memory = "out of memory"; // the loop tells the log

bool is_within(std::size_t amount, std::size_t bound, bool twice) {
  return amount <= bound || (twice && amount - bound <= bound);
}

} // namespace

// -- frames -------------------------------------------------------------------------------------------

void connection::send_keyed(opcode type, std::string_view data, std::string_view key) {
  const bool replaces = options().queue_policy == queue_policy::keep_latest && !is_control(type);
  if (!replaces) return send_frame(type, data);
  if (phase_ != phase::open || !catch_up_with_topics()) return;
  if (deflate_window_ != 0) deflate_if_due(type, data);
  queue_frame(type, data, key);
}

void connection::queue_frame(opcode type, std::string_view data, std::string_view key) {
  const auto size = data.size() + frame_header_size(data.size());
  if (!key.empty()) out().track();
  if (!is_writing_ && !has_room(size, 1)) {
    write_out(); // the kernel has not been asked yet
    if (exit_pending()) return;
    if (!key.empty()) out().track();
  }
  auto& box = out();
  if (!box.is_tracked()) return box.append_frame(type, data);
  const auto old = key.empty() ? 0 : box.size_of(key);
  // What waits alone may be replaced by anything, as anything may wait alone.
  const bool fits = old == 0 ? make_room(type, size)
                             : box.frames() == 1 || has_room(size - std::min(size, old), 0);
  if (old != 0) count_dropped();
  if (fits)
    box.append_tracked(type, data, key);
  else if (old != 0)
    close_too_slow();
  tell_queue_high();
}

/// Whether so much may be added. What has nothing in front of it always may: else a message above the
/// bound could never be sent. Control frames, which are not dropped, have twice the bounds.
bool connection::has_room(std::size_t bytes, std::size_t frames, bool is_control) const {
  const auto& box = *outbox_;
  if (!box.is_tracked()) return box.size() <= options().queue_bytes_max;
  if (box.frames() == 0) return true;
  return is_within(box.size() + bytes, options().queue_bytes_max, is_control) &&
         is_within(box.frames() + frames, options().queue_frames_max, is_control);
}

/// False if the frame is not to be queued: it is dropped, or the connection is closed.
bool connection::make_room(opcode type, std::size_t size) {
  const auto policy = options().queue_policy;
  if (has_room(size, 1)) return true;
  if (policy == queue_policy::drop_oldest)
    while (!has_room(size, 1) && outbox_->drop_oldest())
      count_dropped();
  if (policy == queue_policy::drop_oldest || policy == queue_policy::drop_newest) {
    if (has_room(size, 1)) return true;
    if (!is_control(type)) {
      count_dropped();
      return false;
    }
    if (has_room(size, 1, true)) return true;
  }
  close_too_slow();
  return false;
}

std::uint64_t connection::frames_dropped() const { return rare_ ? rare_->frames_dropped : 0; }

void connection::count_dropped() { ++rare().frames_dropped; }

/// What waits is dropped for it, the frame begun is not.
void connection::close_unwilling(std::uint16_t code, std::string_view reason) {
  if (outbox_) outbox_->drop_unstarted();
  send_close(code, reason);
}

void connection::close_too_slow() {
  if (phase_ == phase::open)
    home_loop().services().clients.report(log_level::info, "too slow at " + type_->route,
                                          [this] { return title() + " is too slow: closed"; });
  close_unwilling(options().queue_close_code, "too slow");
}

/// Only where what waits cannot be replaced and is not dropped: else a queue that is always full would
/// keep us from ever reading.
bool connection::is_queue_long() const noexcept {
  return options().queue_policy == queue_policy::close &&
         (outbox_->size() > std::min(choke_bytes, options().queue_bytes_max / 2) ||
          outbox_->frames() > options().queue_frames_max / 2);
}

// -- who is told --------------------------------------------------------------------------------------

bool connection::is_over(unsigned percent) const {
  const auto share = percent / 100.0;
  return static_cast<double>(outbox_->size()) >
             share * static_cast<double>(options().queue_bytes_max) ||
         static_cast<double>(outbox_->frames()) >
             share * static_cast<double>(options().queue_frames_max);
}

// As messages: a handler is not entered twice, and what waits changes inside its callbacks.
void connection::tell_queue_high() {
  if (!outbox_ || phase_ != phase::open || outbox_->is_high) return;
  if (!is_writing_ || !is_over(options().queue_high_percent)) return;
  outbox_->is_high = true;
  if (type_->hears_queue_high) send(self(), queue_high{outbox_->size(), outbox_->frames()});
}

void connection::tell_queue_low() {
  if (is_over(options().queue_low_percent)) return;
  outbox_->is_high = false;
  if (type_->hears_queue_low) send(self(), queue_low{outbox_->size(), outbox_->frames()});
}

queue_state connection::queue() const {
  if (is_busy_) return rare_->on_pool->queue;
  return {.bytes = outbox_ ? outbox_->size() : 0,
          .frames = outbox_ ? outbox_->frames() : 0,
          .dropped = frames_dropped()};
}

// -- the node's budget ----------------------------------------------------------------------------------

/// The decoder held `before` bytes when it was given its input.
void connection::charge_message(std::size_t before) {
  const auto after = decoder_.bytes_held();
  auto& account = home_loop().memory();
  account.change(before, after);
  if (after > before && after > modest_bytes && account.budget().is_exceeded())
    close_unwilling(try_again_later, no_memory);
}

std::size_t connection::held_bytes() const {
  return is_busy_ || phase_ != phase::open ? 0 : buffered_bytes();
}

void connection::on_low_memory() {
  if (outbox_) outbox_->drop_unstarted();
  if (outbox_ && outbox_->size() > modest_bytes) // a frame begun, which nobody reads
    end({.what = terminate_reason::kind::socket_error,
         .error = std::make_error_code(std::errc::not_enough_memory)});
  else
    close_unwilling(try_again_later, no_memory);
  settle();
}

} // namespace vaquero
