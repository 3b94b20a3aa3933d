// When the wheel calls a connection, and what it does then.
#include "net/connection_parts.hpp"
#include "net/websocket/close_code.hpp"

#include <random>

namespace vaquero {

loop::tick connection::next_due() const noexcept {
  if (phase_ == phase::deferred) return rare_->opening->answer_due;
  auto due = loop::never;
  if (phase_ == phase::open) due = std::min({idle_due(), ping_due(), life_ends_});
  if (is_writing_) due = std::min(due, loop::later(outbox_->stalled_since, options_->send_timeout));
  return due;
}

// While we do not read, the peer's silence is not its own.
loop::tick connection::idle_due() const noexcept {
  return is_choked() ? loop::never : loop::later(last_received_, options_->idle_timeout);
}

// Behind what waits it would tell nothing: send_timeout looks after that.
loop::tick connection::ping_due() const noexcept {
  if (is_writing_) return loop::never;
  return loop::later(std::max(last_received_, last_pinged_), options_->ping_interval);
}

/// For a life that begins now.
loop::tick connection::end_of_life() {
  const auto length = options_->max_lifetime;
  if (length == infinity) return loop::never;
  static thread_local std::minstd_rand random{std::random_device{}()};
  const auto spread = length / 100 * options_->lifetime_spread_percent;
  std::uniform_int_distribution<std::int64_t> part{0, spread.count()};
  return loop::later(home_loop().now(), length - std::chrono::milliseconds{part(random)});
}

void connection::update_deadline() {
  auto due = next_due();
  if (due == loop::never)
    unhook();
  else if (!is_set() || due < this->due())
    home_loop().set_deadline(*this, due);
}

void connection::on_deadline() {
  const auto now = home_loop().now();
  if (is_busy_) {
    const auto patience =
        std::min({options_->idle_timeout, options_->send_timeout, options_->ping_interval});
    home_loop().set_deadline(*this, loop::later(now, patience));
    return;
  }
  if (next_due() > now) return update_deadline();
  using kind = terminate_reason::kind;
  if (is_writing_ && loop::later(outbox_->stalled_since, options_->send_timeout) <= now)
    end({.what = kind::socket_error, .error = std::make_error_code(std::errc::timed_out)});
  else if (phase_ != phase::open || idle_due() <= now)
    end({.what = kind::timeout});
  else if (life_ends_ <= now)
    send_close(static_cast<std::uint16_t>(close_code::service_restart), "please reconnect");
  else
    send_ping();
  settle();
}

void connection::send_ping() {
  last_pinged_ = home_loop().now();
  send_frame(opcode::ping, {});
  update_deadline();
}

} // namespace vaquero
