// What comes of a call: a reply, or why there is none. Values; they stay in their node.
#pragma once

#include "runtime/detail/mail.hpp"
#include "runtime/detail/pattern.hpp"
#include "runtime/exit_reason.hpp"
#include "runtime/local_only.hpp"
#include "runtime/refs.hpp"

#include <optional>
#include <string>

namespace vaquero {

/// Why a call has no reply.
struct call_failure {
  enum class kind : std::uint8_t {
    timeout,      // the time was up; whatever the callee answers now is dropped
    noproc,       // there was no such process
    noconnection, // its node is out of reach, or was lost meanwhile
    exit,         // it ended without an answer: `reason`
    error,        // it answered with a caf::error, or with another type than that of the reply
  };

  kind what = kind::timeout;
  caf::error cause; // of `error`, and what `reason` reads

  /// Why the callee ended; noproc and noconnection are reasons too.
  exit_reason reason() const { return exit_reason{cause}; }
};

/// "timeout", "noproc", "exit: shutdown", "error: ..."
std::string to_string(const call_failure& failure);

/// The outcome of one call: the reply, or the failure. `send_request` has it arrive as a message.
template <class Reply>
struct call_result {
  call_ref ref;
  std::optional<Reply> reply;
  call_failure failure; // where there is no reply

  explicit operator bool() const noexcept { return reply.has_value(); }
  const Reply& operator*() const { return *reply; }
  const Reply* operator->() const { return &*reply; }
};

template <class Reply>
inline constexpr bool local_only<call_result<Reply>> = true;

namespace detail {

/// The mail with a call's outcome; `reply` is null where there is none. The types differ from call to call.
using call_result_maker = caf::mailbox_element_ptr (*)(call_ref, caf::mailbox_element* reply,
                                                       call_failure);

/// What an answer that is no `Reply` stands for.
call_failure wrong_answer(const caf::type_erased_tuple& answer);

template <class Reply>
caf::mailbox_element_ptr make_call_result(call_ref ref, caf::mailbox_element* reply,
                                          call_failure failure) {
  call_result<Reply> result{ref, std::nullopt, std::move(failure)};
  if (reply && pattern<Reply>::matches(reply->content()))
    result.reply.emplace(pattern<Reply>::take(*reply));
  else if (reply)
    result.failure = wrong_answer(reply->content());
  return make_mail(nullptr, caf::make_message_id(), std::move(result));
}

} // namespace detail

} // namespace vaquero
