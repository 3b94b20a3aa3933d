// What comes from the socket.
#include "net/connection_parts.hpp"
#include "net/socket.hpp"

namespace vaquero {

void connection::on_ready(readiness what) {
  const bool is_broken = what & (readiness::hang_up | readiness::error);
  if (is_busy_) { // the pool has the process, not the socket
    if (is_broken)
      lose_socket(reason_for_error(pending_error(fd_)));
    else if (what & readiness::writable && outbox_)
      write_out();
    return;
  }
  if (what & readiness::writable && outbox_) write_out();
  if (what & readiness::readable)
    read_socket();
  else if (is_broken || what & readiness::peer_left)
    end(reason_for_error(pending_error(fd_)));
  if (settle() && has_rare_) resume_input();
}

// A broken socket would be told again and again, so it is put aside until the process is back.
void connection::lose_socket(terminate_reason&& why) {
  if (is_socket_gone_) return;
  is_socket_gone_ = true;
  rare_->on_pool->lost = std::move(why);
  home_loop().change(fd_, *this, readiness::none);
  home_loop().unwatch(fd_);
}

void connection::read_socket() {
  auto buffer = home_loop().receive_buffer();
  const auto count = receive(fd_, buffer);
  if (count < 0) {
    if (!would_block(errno)) end(reason_for_error(errno));
    return;
  }
  if (count == 0) return end({.what = terminate_reason::kind::closed});
  last_received_ = home_loop().now();
  decode(buffer.first(static_cast<std::size_t>(count)));
}

terminate_reason connection::reason_for_error(int error) {
  // What a browser does when its page is closed: Erlang, and so cowboy, call a reset `closed` too.
  if (error == 0 || error == ECONNRESET || error == EPIPE)
    return {.what = terminate_reason::kind::closed};
  return {.what = terminate_reason::kind::socket_error,
          .error = std::error_code{error, std::system_category()}};
}

bool connection::wants_input() {
  return phase_ == phase::open && is_active_ && !is_busy_ && !is_choked() && !exit_pending();
}

bool connection::consume(std::span<std::byte> input) {
  decode(input);
  return settle();
}

void connection::decode(std::span<std::byte> input) {
  const auto before = decoder_.idle() ? 0 : decoder_.bytes_held();
  const auto is_more = [&] { return !input.empty() || !decoder_.idle(); };
  while (is_more() && wants_input()) {
    const auto& now = options(); // a callback may have changed them
    const decode_options rules{.max_frame_size = now.max_frame_size,
                               .validate_utf8 = now.validate_utf8,
                               .allow_rsv1 = deflate_window_ != 0};
    const auto event = decoder_.next(input, rules);
    if (event.what == decode_event::kind::need_more) break;
    handle_event(event);
  }
  if (!input.empty() && phase_ == phase::open) keep_unread(input);
  if (before != 0 || !decoder_.idle()) [[unlikely]]
    charge_message(before);
}

// In front of what is unread already: it was taken from there.
void connection::keep_unread(std::span<const std::byte> rest) {
  auto& unread = rare().unread;
  const auto before = unread.capacity();
  unread.insert(unread.begin(), rest.begin(), rest.end());
  home_loop().memory().change(before, unread.capacity());
  update_interest();
}

void connection::handle_event(const decode_event& event) {
  switch (event.what) {
    case decode_event::kind::message:
      if (event.rsv1) return handle_compressed(event);
      return handle_frame(event.type, event.payload);
    case decode_event::kind::ping:
      send_frame(opcode::pong, text_of(event.payload));
      return handle_frame(opcode::ping, event.payload);
    case decode_event::kind::pong: return handle_frame(opcode::pong, event.payload);
    case decode_event::kind::close: return peer_closed(event);
    case decode_event::kind::error: return protocol_error(event.error);
    case decode_event::kind::need_more: return;
  }
}

void connection::handle_frame(opcode type, std::span<const std::byte> payload) {
  if (!type_->is_blocking) {
    const frame in{type, text_of(payload)};
    call(
        callback::websocket_handle, [&] { type_->handle(*handler_, in); }, [] {});
    return;
  }
  call_on_pool(
      callback::websocket_handle,
      [this, type, copy = std::string{text_of(payload)}] {
        type_->handle(*handler_, frame{type, copy});
      },
      [] {});
}

// How most connections end, so the reason is written where it stays.
void connection::peer_closed(const decode_event& event) {
  if (exit_pending()) return;
  auto& why = rare().why.emplace();
  why.what =
      event.close_code == 0 ? terminate_reason::kind::remote : terminate_reason::kind::remote_code;
  why.code = event.close_code;
  why.payload = text_of(event.payload);
  end_as_noted();
}

void connection::protocol_error(decode_error error) {
  using kind = terminate_reason::kind;
  switch (error) {
    case decode_error::badframe: return end({.what = kind::badframe});
    case decode_error::badencoding: return end({.what = kind::badencoding});
    case decode_error::badsize: return end({.what = kind::badsize});
  }
}

} // namespace vaquero
