// What a process does about a mailbox that is full, or long.
#include "runtime/log.hpp"
#include "runtime/message_traits.hpp"
#include "runtime/node.hpp"
#include "runtime/process.hpp"

#include <caf/detail/sync_request_bouncer.hpp>
#include <caf/system_messages.hpp>

namespace vaquero {

void process::enqueue_bounded(caf::mailbox_element* mail, bool is_signal,
                              caf::execution_unit* context) {
  const auto room = is_signal ? mailbox_bound::none : room_for(*mail);
  const auto found = state().inbox.push(mail, is_signal, room);
  if (found.was_closed())
    bounce_dead(mail);
  else if (found.count() >= room)
    refuse(mail);
  else if (found.was_blocked())
    wake(context);
  else if ((found.count() + 1) % looked_at_every == 0)
    note_length();
}

std::uint32_t process::room_for(const caf::mailbox_element& mail) const noexcept {
  const auto bound = mailbox_bound::unpacked(state().bound.load(std::memory_order_relaxed));
  const bool is_bounded =
      bound.when_full == when_full::refuse_calls ? mail.mid.is_request() : !is_always_taken(mail);
  if (bound.messages_max == 0 || !is_bounded) return mailbox_bound::none;
  const auto waiting = state().waiting.load(std::memory_order_relaxed);
  return bound.messages_max - std::min(bound.messages_max, waiting);
}

void process::refuse(caf::mailbox_element* mail) {
  caf::mailbox_element_ptr owned{mail};
  const auto bound = mailbox_bound::unpacked(state().bound.load(std::memory_order_relaxed));
  if (bound.when_full == when_full::kill || !is_alive()) {
    caf::detail::sync_request_bouncer{{}}(*owned); // dead, or as good as that: a call waits for why
    if (is_alive() && !mark(is_flooded)) end_flooded(bound);
    return;
  }
  if (mail->mid.is_request() && mail->sender)
    mail->sender->enqueue(
        nullptr, mail->mid.response_id(),
        caf::make_message(caf::make_error(caf::sec::runtime_error, "the mailbox is full")),
        nullptr);
}

void process::end_flooded(const mailbox_bound& bound) {
  log_warning("process " + std::to_string(id()) + ", " + current_callback() +
              ", is killed: its mailbox is full at " + std::to_string(bound.messages_max) +
              " messages");
  enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                    caf::exit_msg{address(), exit_reason::kill().error()}),
          nullptr);
}

void process::count_kept(int change) {
  count_waiting(static_cast<std::uint32_t>(change));
  const auto waiting = state().waiting.load(std::memory_order_relaxed);
  if (waiting % looked_at_every == 0 && (waiting != 0 || is_marked(is_long))) note_length();
}

// Reports once when it becomes long, and once when it is short again.
void process::note_length() {
  auto& monitor = home().system_monitor();
  const auto length = mailbox_length();
  if (length >= monitor.long_from() && is_alive()) {
    if (!is_marked(is_long) && !mark(is_long)) monitor.report(long_mailbox{self(), length, false});
  } else if (length < monitor.short_below() && unmark(is_long)) {
    monitor.report(long_mailbox{self(), length, true});
  }
}

} // namespace vaquero
