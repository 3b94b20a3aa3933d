// A call: a request that waits for its reply, as gen_server:call. `co_await call<int>(db, query{})` in the
// body of a process; a callback that must not wait uses `send_request`.
#pragma once

#include "runtime/receive.hpp"

namespace vaquero {

namespace detail {

template <class Reply, class Message>
class call_wait final : public body_wait {
 public:
  using is_body_awaitable = void;

  call_wait(pid to, Message message, timer_clock::duration timeout)
      : to_(std::move(to)), message_(std::move(message)), timeout_(timeout) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    body = waiting;
    // What waits already is older than the request, and is not looked at.
    ref_ = send_request<Reply>(to_, std::move(message_), timeout_);
    function_process::running().wait(*this);
  }
  call_result<Reply> await_resume() { return std::move(*result_); }

  verdict offer(caf::mailbox_element& mail) override {
    using result = pattern<call_result<Reply>>;
    if (!result::matches(mail.content()) || result::view(mail).ref != ref_) return verdict::keep;
    result_.emplace(result::take(mail));
    return verdict::consume;
  }

 private:
  pid to_;
  Message message_;
  timer_clock::duration timeout_;
  call_ref ref_;
  std::optional<call_result<Reply>> result_;
};

} // namespace detail

/// Sends the request and waits for the outcome; other messages wait meanwhile, and so does the request that
/// was received last. What it sends and when it ends is said at `send_request`.
template <class Reply, class Message>
auto call(pid to, Message message, detail::time_span timeout = call_timeout) {
  return detail::call_wait<Reply, Message>{std::move(to), std::move(message), timeout};
}

} // namespace vaquero
