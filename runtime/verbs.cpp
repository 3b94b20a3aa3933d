#include "runtime/verbs.hpp"

#include <stdexcept>

namespace vaquero {

void exit(const pid& to, const exit_reason& reason) {
  if (!to) return;
  if (auto* self = process::current()) {
    self->send_exit_signal(to, reason);
    return;
  }
  caf::actor_cast<caf::abstract_actor*>(to)->enqueue(
      caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                caf::exit_msg{caf::actor_addr{}, reason.error()}),
      nullptr);
}

std::optional<timer_clock::duration> cancel_timer(timer_ref ref) {
  return detail::running_process().home().timers().cancel(ref);
}

std::optional<timer_clock::duration> read_timer(timer_ref ref) {
  return detail::running_process().home().timers().read(ref);
}

namespace detail {

pid require_name(const registry& in, std::string_view name) {
  if (auto process = in.whereis(name)) return *process;
  throw std::invalid_argument{"badarg: no process is registered as \"" + std::string{name} + '"'};
}

timer_event event_for(const timer_target& to, caf::message content) {
  return {caf::actor_cast<caf::weak_actor_ptr>(to.process), to.name, std::move(content), to.in};
}

std::pair<timer_driver&, process*> timer_home(node& home, const timer_target& to) {
  auto* process = process::from(to.process);
  // The loop of a connection that has ended may be gone.
  if (!process || !process->is_alive()) return {home.timers().common(), process};
  return {process->timers(), process};
}

// In this order: either the process that ends finds the timer, or its end is found here.
timer_ref keep_if_alive(timer_driver& driver, process* owner, timer_ref ref) {
  if (owner && !owner->note_timer()) driver.cancel(ref);
  return ref;
}

timer_clock::time_point after_now(timer_clock::duration after) {
  auto now = timer_clock::now();
  return after > timer_clock::time_point::max() - now ? timer_clock::time_point::max()
                                                      : now + after;
}

process& running_process() {
  if (auto* self = process::current()) return *self;
  throw std::logic_error{"this can be called inside a callback of a process only"};
}

} // namespace detail

} // namespace vaquero
