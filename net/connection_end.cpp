// How a connection ends: one way, whatever the cause. The cause is noted by `end`; when the callback that
// runs is over the process ends, the last frame is written, `terminate` is called, and the socket is
// left to a lingering_close.
#include "net/connection_parts.hpp"
#include "net/last_response.hpp"
#include "net/lingering_close.hpp"
#include "net/socket.hpp"
#include "net/websocket/close_code.hpp"
#include "runtime/log.hpp"

namespace vaquero {

exit_reason connection::exit_for(const terminate_reason& why, const caf::message& shutdown_term) {
  if (why.what == terminate_reason::kind::crash) return exit_reason::crash(why.crash);
  if (!shutdown_term.empty()) return exit_reason::shutdown(shutdown_term);
  return exit_reason::normal();
}

void connection::end(terminate_reason&& why) {
  if (exit_pending()) return;
  rare().why = std::move(why);
  end_as_noted();
}

void connection::end_as_noted() {
  exit_after_callback(exit_for(*rare_->why, rare_->shutdown_term));
}

bool connection::ready_to_finish() {
  if (is_busy_) return false;
  if (!handler_ || !type_->is_blocking || is_terminated_) return true;
  is_terminated_ = true;
  auto why = last_reason(pending_exit());
  write_last_frame(why);
  call_on_pool(
      callback::terminate, [this, why] { call_terminate(why); }, [] {});
  return false;
}

terminate_reason connection::last_reason(const exit_reason& reason) {
  if (rare_ && rare_->why) return *rare_->why;
  return {.what = terminate_reason::kind::exit, .exit = reason};
}

void connection::before_exit(const exit_reason& reason) {
  if (rare_ && rare_->why)
    leave(*rare_->why); // not a copy of it
  else
    leave(last_reason(reason));
}

void connection::leave(const terminate_reason& why) {
  if (is_logged(log_level::debug)) log_debug(title() + " ended: " + to_string(why));
  if (!is_terminated_) {
    write_last_frame(why);
    note_running(callback::terminate);
    home_loop().enter_callback(callback_tag(callback::terminate));
    call_terminate(why);
    home_loop().leave_callback();
  }
  if (handler_) {
    handler_->~websocket_handler_base();
    handler_ = nullptr;
  }
  leave_socket(why);
}

void connection::call_terminate(const terminate_reason& why) {
  if (!handler_) return; // its constructor threw
  try {
    handler_->terminate(why);
  } catch (...) {
    report_crash(); // the reason to end stays what it was
  }
}

void connection::write_last_frame(const terminate_reason& why) {
  const auto before = std::exchange(phase_, phase::closing);
  if (before == phase::opening || before == phase::deferred) return write_last_response(why);
  if (before != phase::open) return;
  using kind = terminate_reason::kind;
  auto close = [this](close_code code) {
    out().append_close(static_cast<std::uint16_t>(code), {});
  };
  switch (why.what) {
    case kind::remote: return out().append_close(0, {});
    case kind::remote_code: return out().append_close(why.code, {});
    case kind::stop:
    case kind::timeout: return close(close_code::normal);
    case kind::badframe: return close(close_code::protocol_error);
    case kind::badencoding: return close(close_code::invalid_payload);
    case kind::badsize: return close(close_code::message_too_big);
    case kind::crash: return close(close_code::internal_error);
    case kind::exit:
      return close(why.exit.what() == exit_reason::kind::crash ? close_code::internal_error
                                                               : close_code::going_away);
    case kind::normal:
    case kind::closed:
    case kind::socket_error: return;
  }
}

// The handshake was not answered: the client gets a response instead of a 101.
void connection::write_last_response(const terminate_reason& why) {
  const auto answer = [this](unsigned status, const char* text) {
    out().append_raw(last_response(vaquero::response::text(status, text)));
  };
  using kind = terminate_reason::kind;
  switch (why.what) {
    case kind::crash: return answer(500, "the handler crashed\n");
    case kind::timeout: return answer(503, "no answer in time\n");
    case kind::stop:
    case kind::exit: return answer(503, "the handler ended without an answer\n");
    default: return;
  }
}

void connection::leave_socket(const terminate_reason& why) {
  auto& home = home_loop();
  unhook();
  home.memory().change(decoder_.bytes_held(), 0);
  decoder_ = {};
  if (rare_) {
    home.memory().change(rare_->unread.capacity() + rare_->contexts_bytes(), 0);
    rare_->unread = {};
    rare_->contexts.reset();
  }
  if (outbox_) outbox_->is_high = false;
  using kind = terminate_reason::kind;
  if (is_socket_gone_ || why.what == kind::closed || why.what == kind::socket_error) {
    if (outbox_) home.close_outbox(*outbox_);
    home.remove(is_socket_gone_ ? -1 : fd_, *this);
    if (why.what == kind::socket_error) reset_on_close(fd_);
    close_socket(fd_);
  } else {
    lingering_close::take_over(home, fd_, *this, std::exchange(outbox_, nullptr),
                               {options().send_timeout, options().close_timeout});
  }
  outbox_ = nullptr;
  fd_ = -1;
}

void connection::on_stop(bool now) {
  if (!now) {
    vaquero::exit(self(), exit_reason::shutdown());
    return;
  }
  if (is_busy_) return; // its callback ends first
  exit_after_callback(exit_reason::shutdown());
  settle();
}

} // namespace vaquero
