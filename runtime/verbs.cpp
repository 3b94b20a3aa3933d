#include "runtime/verbs.hpp"

#include <stdexcept>

namespace vaquero {

void exit(const pid& to, const exit_reason& reason) {
  if (!to) return;
  auto* self = process::current();
  // Sent by nobody, as CAF does it: a sender would say that it comes through a link.
  caf::actor_cast<caf::abstract_actor*>(to)->enqueue(
      caf::make_mailbox_element(
          nullptr, caf::make_message_id(), {},
          caf::exit_msg{self ? self->address() : caf::actor_addr{}, reason.error()}),
      self ? self->context() : nullptr);
}

namespace detail {

timer_event event_for(const timer_target& to, caf::message content) {
  return {caf::actor_cast<caf::weak_actor_ptr>(to.process), to.name, std::move(content)};
}

std::pair<timer_driver&, const process*> timer_home(node& home, const timer_target& to) {
  auto* process = process::from(to.process);
  if (!process) return {home.timers().common(), nullptr};
  process->note_timer();
  return {process->timers(), process};
}

process& running_process() {
  if (auto* self = process::current()) return *self;
  throw std::logic_error{"this can be called inside a callback of a process only"};
}

} // namespace detail

} // namespace vaquero
