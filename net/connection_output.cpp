// What goes to the socket: the commands of callbacks, and what other actors send.
#include "net/connection_parts.hpp"

#include <cerrno>

namespace vaquero {

// -- commands -----------------------------------------------------------------------------------------

void connection::note(std::function<void(connection&)> command) {
  rare_->on_pool->commands.push_back(std::move(command));
}

void connection::command_frame(opcode type, std::string_view data) {
  if (is_busy_) [[unlikely]]
    return note_frame(type, data);
  send_frame(type, data);
}

// Apart, so that the way of a frame that is not noted saves no registers for it.
[[gnu::noinline]] void connection::note_frame(opcode type, std::string_view data) {
  note([type, copy = std::string{data}](connection& self) { self.send_frame(type, copy); });
}

void connection::command_keyed_frame(std::string_view data, const keyed& as) {
  if (!is_busy_) return send_keyed(as.type, data, as.key);
  note([type = as.type, copy = std::string{data}, key = std::string{as.key}](connection& self) {
    self.send_keyed(type, copy, key);
  });
}

void connection::command_close(std::uint16_t code, std::string_view reason) {
  if (!is_busy_) return send_close(code, reason);
  note([code, copy = std::string{reason}](connection& self) { self.send_close(code, copy); });
}

void connection::command_active(bool on) {
  if (is_busy_) return note([on](connection& self) { self.command_active(on); });
  if (is_active_ == on) return;
  is_active_ = on;
  update_interest();
}

void connection::command_set_options(const websocket_options_change& change) {
  if (is_busy_) return note([change](connection& self) { self.command_set_options(change); });
  if (!rare().options) rare_->options = options();
  has_own_options_ = true;
  if (change.idle_timeout) rare_->options->idle_timeout = *change.idle_timeout;
  if (change.max_frame_size) rare_->options->max_frame_size = *change.max_frame_size;
  update_deadline();
}

void connection::command_shutdown_reason(caf::message term) {
  if (is_busy_) return note([term](connection& self) { self.command_shutdown_reason(term); });
  rare().shutdown_term = std::move(term);
  // The end may have been asked for already, in the same callback.
  if (exit_pending() && rare_->why) restate_exit(exit_for(*rare_->why, rare_->shutdown_term));
}

void connection::command_hibernate() {
  if (is_busy_) return note([](connection& self) { self.command_hibernate(); });
  if (outbox_) write_out();
  if (rare_) {
    const auto before = rare_->unread.capacity();
    rare_->unread.shrink_to_fit();
    home_loop().memory().change(before, rare_->unread.capacity());
  }
  forget_rare_if_empty();
}

// -- other actors ---------------------------------------------------------------------------------------

void connection::send_outgoing(const outgoing_data& data) {
  home_loop().topics().catch_up(); // its sender may have published before
  if (phase_ != phase::open) return;
  if (data.key.empty())
    send_frame(data.type, data.data);
  else
    send_keyed(data.type, data.data, data.key);
}

void connection::kick(const close_request& how) {
  if (phase_ == phase::open) {
    if (outbox_) write_out(); // only a try tells whether the client reads
    if (is_writing_) outbox_->drop_unstarted();
    send_close(how.code, how.reason);
  } else if (phase_ != phase::closing) {
    end({.what = terminate_reason::kind::stop});
  }
}

// -- the outbox -------------------------------------------------------------------------------------------

outbox& connection::out() {
  if (!outbox_) outbox_ = &home_loop().open_outbox(*this);
  return *outbox_;
}

void connection::send_frame(opcode type, std::string_view data) {
  if (phase_ != phase::open) return;
  if (deflate_window_ != 0) [[unlikely]]
    return send_deflated(type, data);
  add_frame(type, data);
}

// With its outbox open nothing is delivered before the message is copied: both are compressed into the
// loop's one buffer, and a context has to see frames in the order in which they leave.
[[gnu::noinline]] void connection::send_deflated(opcode type, std::string_view data) {
  if (!catch_up_with_topics()) return;
  out();
  deflate_if_due(type, data);
  add_frame(type, data);
}

void connection::send_close(std::uint16_t code, std::string_view reason) {
  home_loop().topics().catch_up(); // what it has published before comes
  if (phase_ != phase::open) return;
  out().append_close(code, reason);
  phase_ = phase::closing;
  end({.what = terminate_reason::kind::stop});
}

void connection::on_flush() {
  if (is_writing_) return; // the kernel will say when it takes more
  write_out();
  settle();
}

void connection::write_out() {
  const bool was_choked = is_choked();
  switch (outbox_->write_to(fd_)) {
    case outbox::result::done:
      if (outbox_->is_high) tell_queue_low();
      home_loop().close_outbox(*outbox_);
      outbox_ = nullptr;
      if (!is_writing_) return;
      is_writing_ = false;
      break;
    case outbox::result::blocked:
      if (!is_writing_ || outbox_->progressed()) outbox_->stalled_since = home_loop().now();
      is_writing_ = true;
      if (phase_ == phase::open) outbox_->track();
      if (outbox_->is_high) tell_queue_low();
      tell_queue_high();
      break;
    case outbox::result::failed:
      if (is_busy_) // a callback's process is not ours to end
        return lose_socket(reason_for_error(errno));
      return end(reason_for_error(errno));
  }
  if (was_choked && !is_choked()) last_received_ = home_loop().now();
  update_deadline();
  update_interest();
}

// -- what the set watches for -----------------------------------------------------

void connection::update_interest() {
  const bool has_unread = rare_ && !rare_->unread.empty();
  const bool reads =
      phase_ == phase::open && is_active_ && !is_busy_ && !is_choked() && !has_unread;
  auto wanted = reads ? readiness::readable : readiness::none;
  if (is_writing_) wanted = wanted | readiness::writable;
  // Before the 101 nothing may come but the client's leaving.
  if (phase_ == phase::deferred && !is_busy_) wanted = wanted | readiness::peer_left;
  const auto bits = static_cast<std::uint16_t>(wanted);
  if (bits == watched_ || is_socket_gone_) return;
  watched_ = bits;
  home_loop().change(fd_, *this, wanted);
}

std::size_t connection::buffered_bytes() const {
  return decoder_.bytes_held() + (outbox_ ? outbox_->capacity() : 0) +
         (rare_ ? rare_->unread.capacity() + rare_->contexts_bytes() : 0);
}

} // namespace vaquero
