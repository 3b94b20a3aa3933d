// When the wheel calls a connection, and what it does then.
#include "net/client_log.hpp"
#include "net/connection_parts.hpp"
#include "net/websocket/close_code.hpp"

namespace vaquero {

loop::tick connection::next_due() const noexcept {
  if (phase_ == phase::deferred) return rare_->opening->answer_due;
  auto due = loop::never;
  if (phase_ == phase::open) due = std::min({idle_due(), ping_due(), life_due()});
  if (is_writing_) due = std::min(due, loop::later(outbox_->stalled_since, options().send_timeout));
  return due;
}

// While we do not read, the peer's silence is not its own.
loop::tick connection::idle_due() const noexcept {
  return is_choked() ? loop::never : loop::later(last_received_, options().idle_timeout);
}

// Behind what waits it would tell nothing: send_timeout looks after that.
loop::tick connection::ping_due() const noexcept {
  if (is_writing_) return loop::never;
  return loop::later(std::max(last_received_, last_pinged_), options().ping_interval);
}

// Connections that were opened together end apart, each at a point of the spread that its id gives.
loop::tick connection::life_due() const noexcept {
  const auto length = options().max_lifetime;
  if (length == infinity) return loop::never;
  constexpr std::uint64_t scatter = 0x9E3779B97F4A7C15; // 2^64 by the golden ratio: far apart
  const auto point = static_cast<double>(id() * scatter >> 32) / 0x1p32;
  const auto spread = length / 100 * options().lifetime_spread_percent;
  const std::chrono::duration<double, std::milli> earlier = spread * point;
  return loop::later(opened_,
                     length - std::chrono::duration_cast<std::chrono::milliseconds>(earlier));
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
        std::min({options().idle_timeout, options().send_timeout, options().ping_interval});
    home_loop().set_deadline(*this, loop::later(now, patience));
    return;
  }
  if (next_due() > now) return update_deadline();
  using kind = terminate_reason::kind;
  if (is_writing_ && loop::later(outbox_->stalled_since, options().send_timeout) <= now)
    give_up_stuck();
  else if (phase_ != phase::open || idle_due() <= now)
    end({.what = kind::timeout});
  else if (life_due() <= now)
    send_close(static_cast<std::uint16_t>(close_code::service_restart), "please reconnect");
  else
    send_ping();
  settle();
}

/// It has taken nothing for send_timeout.
void connection::give_up_stuck() {
  home_loop().services().clients.report(log_level::info, "nothing taken at " + type_->route,
                                        [this] { return title() + " takes nothing: reset"; });
  end({.what = terminate_reason::kind::socket_error,
       .error = std::make_error_code(std::errc::timed_out)});
}

void connection::send_ping() {
  last_pinged_ = home_loop().now();
  send_frame(opcode::ping, {});
  update_deadline();
}

} // namespace vaquero
