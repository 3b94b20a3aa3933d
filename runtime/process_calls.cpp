// The process's calls: a request, a monitor and a deadline each, of which the first to come is the outcome.
#include "runtime/detail/process_extras.hpp"
#include "runtime/node.hpp"
#include "runtime/signals.hpp"
#include "runtime/verbs.hpp"

#include <caf/actor_cast.hpp>
#include <caf/sec.hpp>

#include <algorithm>
#include <vector>

namespace vaquero {

namespace {

/// The timer of the calls has fired.
struct calls_expire {};

call_failure failure_of(const exit_reason& reason) {
  using kind = call_failure::kind;
  switch (reason.what()) {
    case exit_reason::kind::noproc: return {kind::noproc, reason.error()};
    case exit_reason::kind::noconnection: return {kind::noconnection, reason.error()};
    default: return {kind::exit, reason.error()};
  }
}

bool is_error(const caf::type_erased_tuple& content) {
  return detail::pattern<caf::error>::matches(content);
}

/// What CAF and we say in a dead actor's name: that it is gone, and not why.
bool is_refusal(const caf::type_erased_tuple& content) {
  return is_error(content) && content.get_as<caf::error>(0) == caf::sec::request_receiver_down;
}

} // namespace

template <>
inline constexpr bool local_only<calls_expire> = true;

std::string to_string(const call_failure& failure) {
  switch (failure.what) {
    case call_failure::kind::timeout: return "timeout";
    case call_failure::kind::noproc: return "noproc";
    case call_failure::kind::noconnection: return "noconnection";
    case call_failure::kind::exit: return "exit: " + to_string(failure.reason());
    case call_failure::kind::error: break;
  }
  return "error: " + to_string(failure.cause);
}

call_failure detail::wrong_answer(const caf::type_erased_tuple& answer) {
  auto cause = is_error(answer) ? answer.get_as<caf::error>(0)
                                : caf::make_error(caf::sec::unexpected_response);
  return {call_failure::kind::error, std::move(cause)};
}

call_ref process::send_request(const pid& to, caf::mailbox_element_ptr request,
                               timer_clock::duration timeout,
                               detail::call_result_maker make_result) {
  const auto ref = home().next_monitor_ref();
  const auto deadline = timeout == timer_clock::duration::max() ? timer_clock::time_point::max()
                                                                : detail::after_now(timeout);
  auto target = caf::actor_cast<caf::strong_actor_ptr>(to);
  begin_call(ref.id, {caf::weak_actor_ptr{target.get()}, deadline, make_result});
  // The monitor first: an end after it is seen, and a `down` is never older than the answer.
  watch(target, ref);
  if (target) {
    request->mid = caf::make_message_id(ref.id);
    request->sender = ctrl();
    target->get()->enqueue(std::move(request), context());
  }
  return {ref.id};
}

void process::begin_call(std::uint64_t number, detail::pending_call call) {
  auto& calls = with_extras().calls;
  set_call_timer(call.deadline); // first: it may throw, and then there is no call
  std::lock_guard lock{mtx_};
  if (calls.spare) {
    calls.spare.key() = number;
    calls.spare.mapped() = std::move(call);
    calls.by_number.insert(std::move(calls.spare));
  } else {
    calls.by_number.emplace(number, std::move(call));
  }
}

void process::set_call_timer(timer_clock::time_point deadline) {
  auto& calls = own().extras->calls;
  if (deadline >= calls.timer_at) return;
  const auto timer = vaquero::send_after(home(), deadline, self(), calls_expire{});
  if (calls.timer_at != calls.never) home().timers().cancel(calls.timer);
  calls.timer = timer;
  calls.timer_at = deadline;
}

// A reply that nobody waits for (any more) is dropped. So is a refusal: the `down` behind it says why.
caf::mailbox_element_ptr process::receive_reply(caf::mailbox_element& mail) {
  const auto number = mail.mid.request_id().integer_value();
  if (!is_calling(number) || is_refusal(mail.content())) return nullptr;
  return end_call(number, &mail, {});
}

// What the process asked for: as it is, or as a call's outcome, or not at all, where it changed its mind.
// What throws leaves the mail as it was.
void process::receive_expected(caf::mailbox_element_ptr& mail) {
  const auto& content = mail->content();
  if (detail::pattern<down>::matches(content)) {
    const auto& told = detail::pattern<down>::view(*mail);
    if (is_calling(told.ref.id))
      mail = end_call(told.ref.id, nullptr, failure_of(told.reason));
    else if (!accept_down(told.ref))
      mail = nullptr;
  } else if (detail::pattern<calls_expire>::matches(content)) {
    mail = expire_calls();
  }
}

bool process::is_always_taken(const caf::mailbox_element& mail) const noexcept {
  return mail.mid.is_response() || detail::pattern<down>::matches(mail.content()) ||
         detail::pattern<calls_expire>::matches(mail.content());
}

bool process::is_calling(std::uint64_t number) const {
  return own().extras && own().extras->calls.by_number.contains(number);
}

// The outcome of one call that is due; those of the others come as further mail.
caf::mailbox_element_ptr process::expire_calls() {
  auto& calls = own().extras->calls;
  const auto now = timer_clock::now();
  if (calls.timer_at <= now) calls.timer_at = calls.never; // else this was one that fired before
  auto next = calls.never;
  std::vector<std::uint64_t> due;
  for (const auto& [number, call] : calls.by_number)
    if (call.deadline <= now)
      due.push_back(number);
    else
      next = std::min(next, call.deadline);
  set_call_timer(next);
  caf::mailbox_element_ptr first;
  for (auto number : due) {
    auto ended = end_call(number, nullptr, {});
    first ? append(ended.release()) : static_cast<void>(first = std::move(ended));
  }
  return first;
}

caf::mailbox_element_ptr process::end_call(std::uint64_t number, caf::mailbox_element* reply,
                                           call_failure failure) {
  auto& calls = own().extras->calls;
  const bool is_expired = !reply && failure.what == call_failure::kind::timeout;
  detail::pending_call call;
  {
    std::lock_guard lock{mtx_};
    calls.spare = calls.by_number.extract(number);
    call = std::move(calls.spare.mapped());
  }
  if (reply || is_expired) unwatch(call.callee.lock(), {number}, true);
  return call.make_result({number}, reply, std::move(failure));
}

} // namespace vaquero
