// The process's calls: a request, a monitor and a timer each, of which the first to come is the outcome.
#include "runtime/detail/process_extras.hpp"
#include "runtime/node.hpp"
#include "runtime/signals.hpp"
#include "runtime/verbs.hpp"

#include <caf/actor_cast.hpp>
#include <caf/sec.hpp>

#include <algorithm>

namespace vaquero {

namespace {

/// A call's timer has fired.
struct call_expired {
  std::uint64_t request;
};

call_failure failure_of(const exit_reason& reason) {
  using kind = call_failure::kind;
  switch (reason.what()) {
    case exit_reason::kind::noproc: return {kind::noproc, reason.error()};
    case exit_reason::kind::noconnection: return {kind::noconnection, reason.error()};
    default: return {kind::exit, reason.error()};
  }
}

bool is_error(const caf::type_erased_tuple& content) {
  return content.match_elements<caf::error>();
}

/// What CAF and we say in a dead actor's name: that it is gone, and not why.
bool is_refusal(const caf::type_erased_tuple& content) {
  return is_error(content) && content.get_as<caf::error>(0) == caf::sec::request_receiver_down;
}

} // namespace

template <>
inline constexpr bool local_only<call_expired> = true;

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
  // The monitor first: an end after it is seen, and a `down` is never older than the answer.
  const auto ref = monitor(to);
  const auto id = new_request_id(caf::message_priority::normal);
  const auto number = id.request_id().integer_value();
  timer_ref timer;
  if (timeout != timer_clock::duration::max())
    timer = vaquero::send_after(home(), detail::after_now(timeout), self(), call_expired{number});
  with_extras().calls.emplace(number, detail::pending_call{ref, timer, make_result});
  if (to) {
    request->mid = id;
    request->sender = ctrl();
    caf::actor_cast<caf::abstract_actor*>(to)->enqueue(std::move(request), context());
  }
  return {ref.id};
}

// A reply that nobody waits for (any more) is dropped. So is a refusal: the `down` behind it says why.
caf::mailbox_element_ptr process::receive_reply(caf::mailbox_element& mail) {
  const auto number = mail.mid.request_id().integer_value();
  if (!extras_ || !extras_->calls.contains(number) || is_refusal(mail.content())) return nullptr;
  return end_call(number, &mail, {});
}

// What the process asked for: as it is, or as a call's outcome, or not at all, where it changed its mind.
caf::mailbox_element_ptr process::receive_expected(caf::mailbox_element_ptr mail) {
  const auto& content = mail->content();
  auto& calls = extras_->calls;
  if (content.match_elements<down>()) {
    const auto& told = content.get_as<down>(0);
    if (!accept_down(told.ref)) return nullptr;
    auto found = std::ranges::find_if(calls, [&](auto& x) { return x.second.ref == told.ref; });
    return found == calls.end() ? std::move(mail)
                                : end_call(found->first, nullptr, failure_of(told.reason));
  }
  if (calls.empty() && extras_->late_expiries == 0) return mail;
  if (!content.match_elements<call_expired>()) return mail;
  const auto number = content.get_as<call_expired>(0).request;
  if (calls.contains(number)) return end_call(number, nullptr, {});
  --extras_->late_expiries;
  return nullptr;
}

caf::mailbox_element_ptr process::end_call(std::uint64_t request, caf::mailbox_element* reply,
                                           call_failure failure) {
  auto call = extras_->calls.extract(request).mapped();
  const bool is_expired = !reply && failure.what == call_failure::kind::timeout;
  if (call.timer && !is_expired && !home_.timers().cancel(call.timer)) ++extras_->late_expiries;
  if (reply || is_expired) demonitor(call.ref, true);
  return call.make_result({call.ref.id}, reply, std::move(failure));
}

} // namespace vaquero
