// What goes to the socket: the commands of callbacks, and what other actors send.
#include "net/connection_parts.hpp"
#include "net/websocket/close_code.hpp"

#include <cerrno>

namespace vaquero {

namespace {

// While so much waits for a peer that does not read, we do not read from it either: an echo to it
// would only wait longer.
constexpr std::size_t choke_bytes = 64 * 1024;

} // namespace

// -- commands -----------------------------------------------------------------------------------------

void connection::note(std::function<void(connection&)> command) {
  rare_->on_pool->commands.push_back(std::move(command));
}

void connection::command_frame(opcode type, std::string_view data) {
  if (!is_busy_) return send_frame(type, data);
  note([type, copy = std::string{data}](connection& self) { self.send_frame(type, copy); });
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
  if (!rare().options) rare_->options = *options_;
  options_ = &*rare_->options;
  if (change.idle_timeout) rare_->options->idle_timeout = *change.idle_timeout;
  if (change.max_frame_size) rare_->options->max_frame_size = *change.max_frame_size;
  update_deadline();
}

void connection::command_shutdown_reason(caf::message term) {
  if (is_busy_) return note([term](connection& self) { self.command_shutdown_reason(term); });
  rare().shutdown_term = std::move(term);
}

void connection::command_hibernate() {
  if (is_busy_) return note([](connection& self) { self.command_hibernate(); });
  if (outbox_) write_out();
  if (rare_) rare_->unread.shrink_to_fit();
  forget_rare_if_empty();
}

// -- other actors ---------------------------------------------------------------------------------------

void connection::send_outgoing(const outgoing_data& data) {
  if (phase_ == phase::open) send_frame(data.type, data.data);
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
  if (deflate_window_ != 0) deflate_if_due(type, data);
  auto& box = out();
  if (box.size() > options_->queue_bytes_max) [[unlikely]] {
    if (!is_writing_) write_out();
    if (outbox_ && outbox_->size() > options_->queue_bytes_max) {
      outbox_->drop_unstarted();
      return send_close(static_cast<std::uint16_t>(close_code::try_again_later), "too slow");
    }
  }
  out().append_frame(type, data);
}

void connection::send_close(std::uint16_t code, std::string_view reason) {
  if (phase_ != phase::open) return;
  out().append_close(code, reason);
  phase_ = phase::closing;
  end({.what = terminate_reason::kind::stop});
}

bool connection::is_choked() const noexcept { return is_writing_ && outbox_->size() > choke_bytes; }

void connection::on_flush() {
  if (is_writing_) return; // the kernel will say when it takes more
  write_out();
  settle();
}

void connection::write_out() {
  switch (outbox_->write_to(fd_)) {
    case outbox::result::done:
      home_loop().close_outbox(*outbox_);
      outbox_ = nullptr;
      if (!is_writing_) return;
      is_writing_ = false;
      return update_interest();
    case outbox::result::blocked:
      if (!is_writing_ || outbox_->progressed()) outbox_->stalled_since = home_loop().now();
      if (!std::exchange(is_writing_, true)) update_deadline();
      return update_interest();
    case outbox::result::failed:
      if (is_busy_) return lose_socket(); // a callback's process is not ours to end
      return end(reason_for_error(errno));
  }
}

// -- what the set watches for, and when the wheel calls -----------------------------------------------------

void connection::update_interest() {
  const bool has_unread = rare_ && !rare_->unread.empty();
  const bool reads =
      phase_ == phase::open && is_active_ && !is_busy_ && !is_choked() && !has_unread;
  auto wanted = reads ? readiness::readable : readiness::none;
  if (is_writing_) wanted = wanted | readiness::writable;
  // Before the 101 nothing may come but the client's leaving.
  if (phase_ == phase::deferred) wanted = wanted | readiness::peer_left;
  if (wanted == watched_ || is_socket_gone_) return;
  watched_ = wanted;
  home_loop().change(fd_, *this, wanted);
}

loop::tick connection::next_due() const noexcept {
  auto due = loop::never;
  if (phase_ == phase::deferred) return rare_->opening->answer_due;
  if (phase_ == phase::open) due = loop::later(last_received_, options_->idle_timeout);
  if (is_writing_) due = std::min(due, loop::later(outbox_->stalled_since, options_->send_timeout));
  return due;
}

void connection::update_deadline() {
  auto due = next_due();
  if (due == loop::never)
    unhook();
  else if (!is_set() || due < this->due())
    home_loop().set_deadline(*this, due);
}

void connection::on_deadline() {
  if (is_busy_) {
    const auto patience = std::min(options_->idle_timeout, options_->send_timeout);
    home_loop().set_deadline(*this, loop::later(home_loop().now(), patience));
    return;
  }
  const auto now = home_loop().now();
  if (next_due() > now) return update_deadline();
  using kind = terminate_reason::kind;
  if (is_writing_ && loop::later(outbox_->stalled_since, options_->send_timeout) <= now)
    end({.what = kind::socket_error, .error = std::make_error_code(std::errc::timed_out)});
  else
    end({.what = kind::timeout});
  settle();
}

std::size_t connection::buffered_bytes() const {
  return decoder_.bytes_held() + (outbox_ ? outbox_->capacity() : 0) +
         (rare_ ? rare_->unread.capacity() + rare_->contexts_bytes() : 0);
}

} // namespace vaquero
