// What a process says: Erlang's functions, for the code of a callback. Handlers inherit them, so that they
// read as they do in Erlang: `start_timer(1s, self(), note{"Hello!"})`. Each acts for the process whose
// callback runs on this thread; outside of one those that need a process throw std::logic_error.
#pragma once

#include "runtime/message_traits.hpp"
#include "runtime/node.hpp"
#include "runtime/process.hpp"

#include <caf/send.hpp>

#include <chrono>
#include <string>

namespace vaquero {

/// Sends a message to a process, from anywhere. One that has ended, or an empty handle, drops it.
template <class Message>
void send(const pid& to, Message message) {
  detail::require_message<Message>();
  if (!to) return;
  auto* self = process::current();
  auto sender = self ? caf::strong_actor_ptr{self->ctrl()} : nullptr;
  auto* context = self ? self->context() : nullptr;
  caf::actor_cast<caf::abstract_actor*>(to)->enqueue(
      caf::make_mailbox_element(std::move(sender), caf::make_message_id(), {}, std::move(message)),
      context);
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
std::pair<timer_driver&, const process*> timer_home(node& home, const timer_target& to);

/// The process may end while a timer for it is started, and forget its timers before this one.
timer_ref keep_if_alive(timer_driver& driver, const process* owner, timer_ref ref);

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

/// The verbs as members; see the head of this file.
class process_verbs {
 public:
  static pid self() { return detail::running_process().self(); }

  template <class Message>
  static void send(const pid& to, Message message) {
    vaquero::send(to, std::move(message));
  }

  /// To a name of this node, or of another registry; nobody having it is a badarg, and throws.
  template <class Message>
  static void send(std::string_view to, Message message) {
    const auto& names = detail::running_process().home().names();
    vaquero::send(detail::require_name(names, to), std::move(message));
  }
  template <class Message>
  static void send(const via& to, Message message) {
    vaquero::send(to, std::move(message));
  }

  /// Answers the request being handled; a request that nobody answers gets an empty response.
  template <class... Values>
  static void respond(Values... values) {
    detail::running_process().respond(caf::make_message(std::move(values)...));
  }

  template <class Message>
  static timer_ref start_timer(timer_clock::duration after, const detail::timer_target& to,
                               Message message) {
    return start_timer(detail::after_now(after), to, std::move(message));
  }
  template <class Message>
  static timer_ref start_timer(timer_clock::time_point at, const detail::timer_target& to,
                               Message message) {
    return vaquero::start_timer(detail::running_process().home(), at, to, std::move(message));
  }

  template <class Message>
  static timer_ref send_after(timer_clock::duration after, const detail::timer_target& to,
                              Message message) {
    return send_after(detail::after_now(after), to, std::move(message));
  }
  template <class Message>
  static timer_ref send_after(timer_clock::time_point at, const detail::timer_target& to,
                              Message message) {
    return vaquero::send_after(detail::running_process().home(), at, to, std::move(message));
  }

  /// The time that was left; nothing (Erlang's false) if it has fired, was cancelled, or never was. What
  /// has fired may wait in the inbox.
  static std::optional<timer_clock::duration> cancel_timer(timer_ref ref) {
    return detail::running_process().home().timers().cancel(ref);
  }
  static std::optional<timer_clock::duration> read_timer(timer_ref ref) {
    return detail::running_process().home().timers().read(ref);
  }

  static void link(const pid& other) { detail::running_process().link(other); }
  static void unlink(const pid& other) { detail::running_process().unlink(other); }
  static monitor_ref monitor(const pid& other) { return detail::running_process().monitor(other); }
  static bool demonitor(monitor_ref ref, bool flush = false) {
    return detail::running_process().demonitor(ref, flush);
  }
  static bool trap_exit(bool on) { return detail::running_process().trap_exit(on); }

  /// Leaves the callback and ends this process.
  [[noreturn]] static void exit(exit_reason reason) { throw process_exit{std::move(reason)}; }
  static void exit(const pid& to, const exit_reason& reason) { vaquero::exit(to, reason); }

  static bool register_as(const std::string& name) { return register_name(name, self()); }
  static bool register_name(const std::string& name, const pid& process) {
    return detail::running_process().home().names().register_name(name, process);
  }
  static bool unregister_name(std::string_view name) {
    return detail::running_process().home().names().unregister_name(name);
  }
  static std::vector<std::string> registered() {
    return detail::running_process().home().names().registered();
  }
  static std::optional<pid> whereis(std::string_view name) {
    return detail::running_process().home().whereis(name);
  }

  static std::vector<pid> processes() {
    return vaquero::processes(detail::running_process().home());
  }

  /// Bounds the mailbox of this process from now on.
  static void bound_mailbox(const mailbox_bound& bound) {
    detail::running_process().bound_mailbox(bound);
  }
};

} // namespace vaquero
