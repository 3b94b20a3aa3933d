// How the body of a process waits: `co_await receive<ping>()`. Selective, as Erlang's: it takes the oldest
// message that matches, and leaves the others in their order; what it has looked at it does not look at
// again. Only inside a routine. The message that was received last is the one that `respond` answers.
#pragma once

#include "runtime/detail/pattern.hpp"
#include "runtime/function_process.hpp"

#include <optional>

namespace vaquero {

namespace detail {

struct any_value {
  template <class T>
  constexpr bool operator()(const T&) const noexcept {
    return true;
  }
};

template <class Predicate, class... Ts>
class receive_wait : public body_wait {
 public:
  using is_body_awaitable = void;

  explicit receive_wait(Predicate holds) : holds_(std::move(holds)) {}

  bool await_ready() {
    auto& self = function_process::running();
    self.forget_received();
    return self.take_kept(*this) && self.may_go_on();
  }
  void await_suspend(std::coroutine_handle<> waiting) {
    auto& self = function_process::running();
    body = waiting;
    self.wait(*this);
    if (is_received_) tick_ = self.tick_now();
  }
  received_type<Ts...> await_resume() {
    return take_alternative<Ts...>(*function_process::running().received(), which_);
  }

  verdict offer(caf::mailbox_element& mail) final {
    if (is_received_) return verdict::keep;
    std::size_t at = 0;
    is_received_ = ((accepts<Ts>(mail) || (++at, false)) || ...);
    which_ = static_cast<std::uint8_t>(at);
    return is_received_ ? verdict::receive : verdict::keep;
  }
  bool accepts_tick(std::uint64_t id) noexcept final { return id == tick_; }

 protected:
  std::uint64_t tick_ = 0;
  bool is_received_ = false;

 private:
  template <class T>
  bool accepts(const caf::mailbox_element& mail) {
    return pattern<T>::matches(mail.content()) && holds_(pattern<T>::view(mail));
  }

  std::uint8_t which_ = 0;
  [[no_unique_address]] Predicate holds_;
};

template <class Predicate, class... Ts>
class timed_receive_wait final : public receive_wait<Predicate, Ts...> {
  using base = receive_wait<Predicate, Ts...>;

 public:
  timed_receive_wait(Predicate holds, timer_clock::duration after)
      : base(std::move(holds)), after_(after) {}

  void await_suspend(std::coroutine_handle<> waiting) {
    base::await_suspend(waiting);
    if (this->is_received_) return;
    auto& self = function_process::running();
    if (after_ > timer_clock::duration::zero())
      std::tie(this->tick_, timer_) = self.tick_at(after_now(after_));
    else
      this->tick_ = self.tick_now();
  }
  std::optional<received_type<Ts...>> await_resume() {
    if (!this->is_received_) return std::nullopt;
    if (timer_) function_process::running().home().timers().cancel(timer_);
    return base::await_resume();
  }

 private:
  timer_clock::duration after_;
  timer_ref timer_;
};

class sleep_wait final : public body_wait {
 public:
  using is_body_awaitable = void;

  explicit sleep_wait(timer_clock::duration after) : after_(after) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    auto& self = function_process::running();
    body = waiting;
    self.wait(*this);
    tick_ = self.tick_at(after_now(after_)).first;
  }
  void await_resume() const noexcept {}

  verdict offer(caf::mailbox_element&) override { return verdict::keep; }
  bool accepts_tick(std::uint64_t id) noexcept override { return id == tick_; }

 private:
  timer_clock::duration after_;
  std::uint64_t tick_ = 0;
};

} // namespace detail

/// The oldest message that is one of these: a `T`, or a std::variant of the types. A std::tuple stands for a
/// message of several values, as CAF actors send it; `caf::message` for any message.
template <class T, class... Ts>
auto receive() {
  return detail::receive_wait<detail::any_value, T, Ts...>{{}};
}

/// The same within this time, or nothing: Erlang's `after`. With 0 it takes what is in the inbox already.
template <class T, class... Ts>
auto receive(detail::time_span after) {
  return detail::timed_receive_wait<detail::any_value, T, Ts...>{{}, after};
}

/// The oldest for which `holds` as well: a guard, called with the message of each of the types. What it throws
/// crashes the process.
template <class T, class... Ts, class Predicate>
auto receive_if(Predicate holds) {
  return detail::receive_wait<Predicate, T, Ts...>{std::move(holds)};
}
template <class T, class... Ts, class Predicate>
auto receive_if(Predicate holds, detail::time_span after) {
  return detail::timed_receive_wait<Predicate, T, Ts...>{std::move(holds), after};
}

/// Waits this long; messages wait meanwhile, and so does the request that was received last.
inline auto sleep(detail::time_span time) { return detail::sleep_wait{time}; }

} // namespace vaquero
