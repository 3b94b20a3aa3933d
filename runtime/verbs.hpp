// What a process says: Erlang's functions, for the code of a callback or of a process's body, so that it
// reads as it does in Erlang: `start_timer(1s, self(), note{"Hello!"})`. Each acts for the process that
// runs on this thread; outside of one those that need a process throw std::logic_error.
#pragma once

#include "runtime/detail/mail.hpp"
#include "runtime/detail/time_span.hpp"
#include "runtime/message_traits.hpp"
#include "runtime/node.hpp"
#include "runtime/process.hpp"
#include "runtime/topics.hpp"

#include <caf/send.hpp>

#include <chrono>
#include <string>

namespace vaquero {

/// Sends a message to a process, from anywhere. One that has ended, or an empty handle, drops it. It does
/// not say who sent it, as in Erlang; CAF's own actors see their `current_sender`.
template <class Message>
void send(const pid& to, Message message) {
  detail::require_message<Message>();
  if (!to) return;
  auto* self = process::current();
  // Counted twice for each message, where two cores may fight for it, would cost a fifth of all.
  auto sender = self && !process::from(to) ? caf::strong_actor_ptr{self->ctrl()} : nullptr;
  auto* context = self ? self->context() : nullptr;
  caf::actor_cast<caf::abstract_actor*>(to)->enqueue(
      detail::make_mail(std::move(sender), caf::make_message_id(), std::move(message)), context);
}

namespace detail {

/// The process of this name; throws std::invalid_argument, Erlang's badarg, if there is none.
pid require_name(const registry& in, std::string_view name);

} // namespace detail

/// Sends to whoever has the name now; throws std::invalid_argument (Erlang's badarg) if nobody has.
template <class Message>
void send(const via& to, Message message) {
  send(detail::require_name(to.in, to.name), std::move(message));
}

/// Sends an exit signal, from anywhere, as Erlang's exit/2: `kill` cannot be trapped and arrives as `killed`.
void exit(const pid& to, const exit_reason& reason);

namespace detail {

/// Where a timer sends: a process, or a name that is resolved when it fires.
struct timer_target {
  timer_target(const pid& to) : process(to) {}
  timer_target(std::string to) : name(std::move(to)) {}
  timer_target(const char* to) : name(to) {}
  timer_target(const via& to) : name(to.name), in(&to.in) {}

  pid process;
  std::string name;
  const registry* in = nullptr; // nullptr: the node's own
};

timer_event event_for(const timer_target& to, caf::message content);

/// The queue that a timer to this target lies in, and the process it goes with, if any.
std::pair<timer_driver&, process*> timer_home(node& home, const timer_target& to);

/// The process may end while a timer for it is started, and forget its timers before this one.
timer_ref keep_if_alive(timer_driver& driver, process* owner, timer_ref ref);

/// The last moment of the clock for what lies behind it.
timer_clock::time_point after_now(timer_clock::duration after);

/// The process whose callback runs here; throws std::logic_error outside of one.
process& running_process();

} // namespace detail

/// Sends `message` after this time, or at this time of steady_clock. Any thread.
template <class Message>
timer_ref send_after(node& home, timer_clock::time_point at, const detail::timer_target& to,
                     Message message) {
  detail::require_message<Message>();
  auto [driver, owner] = detail::timer_home(home, to);
  auto ref = driver.add(at, owner, [&](timer_ref) {
    return detail::event_for(to, caf::make_message(std::move(message)));
  });
  return detail::keep_if_alive(driver, owner, ref);
}

/// As send_after, but what arrives is a `timeout<Message>` that carries the reference as well.
template <class Message>
timer_ref start_timer(node& home, timer_clock::time_point at, const detail::timer_target& to,
                      Message message) {
  detail::require_message<Message>();
  auto [driver, owner] = detail::timer_home(home, to);
  auto ref = driver.add(at, owner, [&](timer_ref own) {
    return detail::event_for(to, caf::make_message(timeout<Message>{own, std::move(message)}));
  });
  return detail::keep_if_alive(driver, owner, ref);
}

/// To a name of this node, or of another registry; nobody having it is a badarg, and throws.
template <class Message>
void send(std::string_view to, Message message) {
  send(detail::require_name(detail::running_process().home().names(), to), std::move(message));
}

/// The process that runs here, for everybody else.
inline pid self() { return detail::running_process().self(); }

/// Answers the request being handled; a request that nobody answers gets an empty response.
template <class... Values>
void respond(Values... values) {
  detail::running_process().respond(
      detail::make_mail(nullptr, caf::message_id{}, std::move(values)...));
}

/// The right to answer the request being handled later, or elsewhere: Erlang's From. Empty if there is none.
inline reply_to take_request() { return detail::running_process().take_request(); }

/// How long a call waits for its reply: gen_server's default.
inline constexpr timer_clock::duration call_timeout{std::chrono::seconds{5}};

/// A call that does not wait: its outcome comes as one message, `call_result<Reply>`, with this reference. It is
/// a request, a monitor and a timer, so it ends with the callee and with the time; a reply that comes later is
/// dropped. The longest time of any unit waits for ever: `std::chrono::hours::max()`. A `caf::message` sends
/// several values, and as `Reply` takes any answer.
template <class Reply, class Message>
call_ref send_request(const pid& to, Message message, detail::time_span timeout = call_timeout) {
  if constexpr (!std::is_same_v<Message, caf::message>) detail::require_message<Message>();
  return detail::running_process().send_request(
      to, detail::make_mail(nullptr, caf::make_message_id(), std::move(message)), timeout,
      &detail::make_call_result<Reply>);
}

template <class Message>
timer_ref start_timer(timer_clock::time_point at, const detail::timer_target& to, Message message) {
  return start_timer(detail::running_process().home(), at, to, std::move(message));
}
template <class Message>
timer_ref start_timer(detail::time_span after, const detail::timer_target& to, Message message) {
  return start_timer(detail::after_now(after), to, std::move(message));
}

template <class Message>
timer_ref send_after(timer_clock::time_point at, const detail::timer_target& to, Message message) {
  return send_after(detail::running_process().home(), at, to, std::move(message));
}
template <class Message>
timer_ref send_after(detail::time_span after, const detail::timer_target& to, Message message) {
  return send_after(detail::after_now(after), to, std::move(message));
}

/// The time that was left; nothing (Erlang's false) if it has fired, was cancelled, or never was. What
/// has fired may wait in the inbox.
std::optional<timer_clock::duration> cancel_timer(timer_ref ref);
std::optional<timer_clock::duration> read_timer(timer_ref ref);

// What these do is said where `process` declares them.
inline void link(const pid& other) { detail::running_process().link(other); }
inline void unlink(const pid& other) { detail::running_process().unlink(other); }
inline monitor_ref monitor(const pid& other) { return detail::running_process().monitor(other); }
inline bool demonitor(monitor_ref ref, bool flush = false) {
  return detail::running_process().demonitor(ref, flush);
}
inline bool trap_exit(bool on) { return detail::running_process().trap_exit(on); }

// The names of this node; what these do is said where `names` declares them.
inline bool register_name(const std::string& name, const pid& process) {
  return detail::running_process().home().names().register_name(name, process);
}
inline bool register_as(const std::string& name) { return register_name(name, self()); }
inline bool unregister_name(std::string_view name) {
  return detail::running_process().home().names().unregister_name(name);
}
inline std::vector<std::string> registered() {
  return detail::running_process().home().names().registered();
}
inline std::optional<pid> whereis(std::string_view name) {
  return detail::running_process().home().whereis(name);
}

/// All that live on this node, connections among them.
inline std::vector<pid> processes() { return processes(detail::running_process().home()); }

/// Bounds the mailbox of this process from now on.
inline void bound_mailbox(const mailbox_bound& bound) {
  detail::running_process().bound_mailbox(bound);
}

/// Leaves the callback and ends this process.
[[noreturn]] inline void exit(exit_reason reason) { throw process_exit{std::move(reason)}; }

/// The verbs as members, which a class has in front of what else has these names.
class process_verbs {
 public:
  static pid self() { return vaquero::self(); }

  template <class Message>
  static void send(const pid& to, Message message) {
    vaquero::send(to, std::move(message));
  }

  /// To a name of this node, or of another registry; nobody having it is a badarg, and throws.
  template <class Message>
  static void send(std::string_view to, Message message) {
    vaquero::send(to, std::move(message));
  }
  template <class Message>
  static void send(const via& to, Message message) {
    vaquero::send(to, std::move(message));
  }

  template <class... Values>
  static void respond(Values... values) {
    vaquero::respond(std::move(values)...);
  }
  static reply_to take_request() { return vaquero::take_request(); }
  template <class Reply, class Message>
  static call_ref send_request(const pid& to, Message message,
                               detail::time_span timeout = call_timeout) {
    return vaquero::send_request<Reply>(to, std::move(message), timeout);
  }

  template <class Time, class Message>
  static timer_ref start_timer(Time when, const detail::timer_target& to, Message message) {
    return vaquero::start_timer(when, to, std::move(message));
  }
  template <class Time, class Message>
  static timer_ref send_after(Time when, const detail::timer_target& to, Message message) {
    return vaquero::send_after(when, to, std::move(message));
  }
  static std::optional<timer_clock::duration> cancel_timer(timer_ref ref) {
    return vaquero::cancel_timer(ref);
  }
  static std::optional<timer_clock::duration> read_timer(timer_ref ref) {
    return vaquero::read_timer(ref);
  }

  static void link(const pid& other) { vaquero::link(other); }
  static void unlink(const pid& other) { vaquero::unlink(other); }
  static monitor_ref monitor(const pid& other) { return vaquero::monitor(other); }
  static bool demonitor(monitor_ref ref, bool flush = false) {
    return vaquero::demonitor(ref, flush);
  }
  static bool trap_exit(bool on) { return vaquero::trap_exit(on); }

  [[noreturn]] static void exit(exit_reason reason) { vaquero::exit(std::move(reason)); }
  static void exit(const pid& to, const exit_reason& reason) { vaquero::exit(to, reason); }

  static bool register_as(const std::string& name) { return vaquero::register_as(name); }
  static bool register_name(const std::string& name, const pid& process) {
    return vaquero::register_name(name, process);
  }
  static bool unregister_name(std::string_view name) { return vaquero::unregister_name(name); }
  static std::vector<std::string> registered() { return vaquero::registered(); }
  static std::optional<pid> whereis(std::string_view name) { return vaquero::whereis(name); }

  static bool subscribe(std::string_view filter, const subscription_options& how = {}) {
    return vaquero::subscribe(filter, how);
  }
  static bool unsubscribe(std::string_view filter) { return vaquero::unsubscribe(filter); }
  template <class Message>
  static void publish(std::string_view topic, Message message, const publish_options& how = {}) {
    vaquero::publish(topic, std::move(message), how);
  }
  static monitor_ref monitor_topics() { return vaquero::monitor_topics(); }
  static bool demonitor_topics(monitor_ref ref) { return vaquero::demonitor_topics(ref); }

  static std::vector<pid> processes() { return vaquero::processes(); }
  static void bound_mailbox(const mailbox_bound& bound) { vaquero::bound_mailbox(bound); }
};

} // namespace vaquero
