// What is published, on its way to this connection's socket. It runs in nobody's callback and runs none: who
// is to end by it ends in a later turn.
#include "net/connection_parts.hpp"
#include "net/socket.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>

namespace vaquero {

connection* connection::from(process& which) noexcept {
  return which.is_tagged() ? static_cast<connection*>(&which) : nullptr;
}

void connection::require_open() const {
  if (phase_ == phase::opening || phase_ == phase::deferred)
    throw std::logic_error{"a connection subscribes straight in websocket_init or later: before "
                           "that its client takes no frames"};
}

bool connection::put_off(const std::function<void()>& command) {
  if (!is_busy_) return false;
  note([command](connection&) { command(); });
  return true;
}

/// The frames in the form that this client takes; null if there are none but its own.
inline const frame_batch* connection::form_of(frame_forms& forms) {
  if (deflate_window_ == 0 || !is_deflating_) [[likely]]
    return &forms.plain();
  if (rare_ && rare_->contexts && rare_->contexts->out) return nullptr;
  return &forms.compressed({options().deflate, options().compress_min_size, deflate_window_},
                           home_loop().deflating());
}

std::uint64_t connection::send_published(frame_forms& forms) {
  if (outbox_ || is_busy_ || phase_ != phase::open) [[unlikely]]
    return queue_published(forms);
  const auto* batch = form_of(forms);
  if (!batch) [[unlikely]]
    return queue_published(forms);
  const auto count = transmit(fd_, std::as_bytes(std::span{batch->bytes}));
  if (count == static_cast<ssize_t>(batch->bytes.size())) [[likely]]
    return 0;
  return send_rest(*batch, forms, count);
}

/// What the kernel did not take: so many bytes it did, or -1 and errno.
std::uint64_t connection::send_rest(const frame_batch& batch, frame_forms& forms,
                                    std::ptrdiff_t taken) {
  if (taken <= 0) {
    if (taken == 0 || would_block(errno)) return queue_published(forms);
    end(reason_for_error(errno));
    home_loop().schedule(*this);
    return 0;
  }
  const auto sent = static_cast<std::size_t>(taken);
  const auto first_left =
      std::ranges::find_if(batch.frames, [&](const frame_batch::frame& x) { return x.end > sent; });
  auto& box = out();
  box.append_begun(batch.encoded(*first_left), sent - first_left->at);
  box.stalled_since = home_loop().now();
  box.track();
  is_writing_ = true;
  const auto before = frames_dropped();
  queue_frames(batch, static_cast<std::size_t>(first_left - batch.frames.begin()) + 1);
  update_deadline();
  update_interest();
  tell_queue_high();
  if (exit_pending()) home_loop().schedule(*this);
  return frames_dropped() - before;
}

std::uint64_t connection::queue_published(frame_forms& forms) {
  if (phase_ != phase::open) return 0;
  if (is_busy_) {
    const auto dropped = keep_published(forms.plain());
    rare_->frames_dropped += dropped;
    return dropped;
  }
  const auto before = frames_dropped();
  const auto* batch = form_of(forms);
  if (!batch)
    for (const auto* each : forms.publications())
      send_frame(each->type(), each->data());
  else
    queue_frames(*batch, 0);
  if (exit_pending()) home_loop().schedule(*this);
  return frames_dropped() - before;
}

/// For the end of the callback. Over the node's budget what grows is given up, and the connection with it.
std::uint64_t connection::keep_published(const frame_batch& batch) {
  auto& call = *rare_->on_pool;
  auto& account = home_loop().memory();
  const auto before = call.published_bytes;
  const auto dropped = call.keep(batch, options());
  account.change(before, call.published_bytes);
  if (call.published_bytes > std::max(before, modest_bytes) && account.budget().is_exceeded())
    call.is_overrun = true;
  if (call.is_overrun) {
    account.change(std::exchange(call.published_bytes, 0), 0);
    call.published.clear();
  }
  return dropped;
}

std::uint64_t connection::blocking_call::keep(const frame_batch& batch,
                                              const websocket_options& bounds) {
  using policy = queue_policy;
  const bool drops =
      bounds.queue_policy == policy::drop_newest || bounds.queue_policy == policy::drop_oldest;
  auto has_room = [&](std::size_t bytes, std::size_t frames, unsigned times = 1) {
    return published.size() + frames <= times * bounds.queue_frames_max &&
           published_bytes + bytes <= times * bounds.queue_bytes_max;
  };
  std::uint64_t dropped = 0;
  for (const auto& each : batch.frames) {
    if (is_overrun) break; // the connection is closed for it
    const auto payload = batch.payload(each);
    const bool has_key = bounds.queue_policy == policy::keep_latest && !each.key.empty();
    const auto same =
        has_key ? std::ranges::find(published, each.key, &outgoing_data::key) : published.end();
    if (same != published.end()) {
      const auto more = payload.size() - same->data.size(); // may wrap, and is right again
      is_overrun = published.size() > 1 && !has_room(more, 0);
      published_bytes += more;
      same->type = each.type;
      same->data = payload;
      ++dropped;
      continue;
    }
    if (bounds.queue_policy == policy::drop_oldest)
      while (!has_room(payload.size(), 1) && drop_oldest())
        ++dropped;
    // As in the queue: control frames are not dropped, and have twice the bounds.
    const bool is_kept = published.empty() || has_room(payload.size(), 1) ||
                         (drops && is_control(each.type) && has_room(payload.size(), 1, 2));
    if (is_kept) {
      published_bytes += payload.size();
      published.push_back({each.type, std::string{payload}, std::string{each.key}});
    } else if (drops && !is_control(each.type)) {
      ++dropped;
    } else {
      is_overrun = true;
    }
  }
  return dropped;
}

bool connection::blocking_call::drop_oldest() {
  const auto oldest = std::ranges::find_if_not(published, is_control, &outgoing_data::type);
  if (oldest == published.end()) return false;
  published_bytes -= oldest->data.size();
  published.erase(oldest);
  return true;
}

void connection::queue_frames(const frame_batch& batch, std::size_t first) {
  const bool has_keys = options().queue_policy == queue_policy::keep_latest;
  for (auto i = first; i < batch.frames.size() && phase_ == phase::open; ++i) {
    const auto& each = batch.frames[i];
    if (has_keys && !each.key.empty())
      queue_frame(each.type, batch.payload(each), each.key);
    else
      add_frame(each.type, batch.payload(each));
  }
}

} // namespace vaquero
