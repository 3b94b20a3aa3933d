// The connection before it is one: the request, what `init` makes of it, and the answer.
#include "net/connection_parts.hpp"
#include "net/last_response.hpp"
#include "net/socket.hpp"
#include "runtime/log.hpp"

#include <stdexcept>

namespace vaquero {

void connection::begin(request&& from, upgrade_offer&& offer, std::span<std::byte> early) {
  version_ = static_cast<std::uint8_t>(offer.version) & 0x0F;
  rare().opening = std::make_unique<seldom::handshake>(std::move(from), std::move(offer));
  rare_->unread.assign(early.begin(), early.end());
  home_loop().memory().change(0, rare_->unread.capacity());
  note_running(callback::construct);
  run_as_self([this] { handler_ = type_->construct(handler_memory()); });
  if (!exit_pending())
    call(
        callback::init, [this] { rare_->opening->how = handler_->init(rare_->opening->from); },
        [this] { answer(std::move(*rare_->opening->how)); });
  call_websocket_init_if_due();
  if (settle()) go_on();
}

// As the process: what a programmer gets wrong in an answer (a header that breaks the handshake) crashes it.
void connection::answer(upgrade&& how) {
  const auto outer = note_running(callback::init);
  run_as_self([&] {
    if (auto* yes = std::get_if<accepted>(&how)) return accept(std::move(*yes));
    if (auto* no = std::get_if<vaquero::response>(&how)) return refuse(*no);
    defer(std::get<deferred>(how));
  });
  note_running(outer);
}

void connection::accept(accepted&& how) {
  if (how.options) check_options(*how.options);
  const auto agreed = negotiate(how.options ? *how.options : options());
  auto& head = home_loop().scratch();
  append_switching_protocols(head, rare_->opening->offer, how.subprotocol, how.headers,
                             agreed ? agreed->answer : std::string_view{});
  out().append_raw(head);
  if (how.options) {
    rare().options = *how.options;
    has_own_options_ = true;
  }
  if (agreed) begin_compression(*agreed);
  limit_unsent(fd_, options().unsent_bytes_max);
  rare_->subprotocol = agreed_subprotocol(rare_->opening->offer, how.subprotocol, how.headers);
  rare_->opening.reset();
  forget_rare_if_empty();
  phase_ = phase::open;
  last_received_ = home_loop().now();
  opened_ = home_loop().now();
  update_deadline();
  update_interest();
  is_init_due_ = true;
  if (is_logged(log_level::debug)) log_debug(title() + " opened");
}

// Never inside the callback that accepted: handlers are not entered twice.
void connection::call_websocket_init_if_due() {
  if (!is_init_due_ || is_busy_ || exit_pending()) return;
  is_init_due_ = false;
  call(
      callback::websocket_init, [this] { handler_->websocket_init(); }, [] {});
}

void connection::refuse(const vaquero::response& with) {
  if (is_logged(log_level::debug)) log_debug(title() + " refused: " + std::to_string(with.status));
  out().append_raw(last_response(with));
  phase_ = phase::closing;
  end({.what = terminate_reason::kind::normal});
}

void connection::defer(deferred until) {
  if (phase_ == phase::deferred) throw std::logic_error{"the handshake has been deferred already"};
  phase_ = phase::deferred;
  rare_->opening->answer_due = loop::later(home_loop().now(), until.timeout);
  update_deadline();
  update_interest();
}

void connection::answer_if_deferred(const upgrade& how) {
  if (running_callback() == callback::init) return;
  if (phase_ != phase::deferred)
    throw std::logic_error{"the handshake is answered by what init returns, or once after defer"};
  if (is_busy_) {
    note([how](connection& self) { self.answer_if_deferred(how); });
    return;
  }
  answer(upgrade{how});
}

} // namespace vaquero
