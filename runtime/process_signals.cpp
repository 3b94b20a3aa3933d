// The process's exit signals, links and monitors.
#include "runtime/detail/mail.hpp"
#include "runtime/detail/process_extras.hpp"
#include "runtime/message_traits.hpp"
#include "runtime/monitor.hpp"
#include "runtime/node.hpp"

#include <caf/actor_cast.hpp>
#include <caf/default_attachable.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>

namespace vaquero {

namespace {

using caf::default_attachable;

default_attachable::observe_token link_to_peer(const caf::actor_addr& peer) {
  return {peer, default_attachable::link};
}

// An actor that nobody holds any more: it ended for that, and nobody could be named as the sender then.
bool is_gone(const caf::actor_addr& actor) {
  return actor && !caf::actor_cast<caf::strong_actor_ptr>(actor);
}

// A process that has ended, as Erlang tells it; a proxy ends with its connection as well.
exit_reason reason_of_dead(const caf::abstract_actor& target, const caf::node_id& here) {
  if (target.node() == here) return exit_reason::noproc();
  auto* proxy = dynamic_cast<const caf::monitorable_actor*>(&target);
  auto is_out_of_reach =
      proxy && exit_reason{proxy->fail_state()}.what() == exit_reason::kind::noconnection;
  return is_out_of_reach ? exit_reason::noconnection() : exit_reason::noproc();
}

} // namespace

process::extras& process::with_extras() {
  if (!own().extras) {
    auto made = std::make_unique<extras>();
    std::lock_guard lock{mtx_};
    own().extras = std::move(made);
  }
  return *own().extras;
}

// -- exit signals -----------------------------------------------------------------------------------

// CAF names the sender of a link's signal, sent when the sender has ended, and of its send_exit, too.
// Afterwards a sender of this node says that it is a link's; what another node sent is told apart later.
void process::name_only_links(caf::mailbox_element& mail) const {
  if (mail.sender && mail.sender->node() == node() && !mail.sender->get()->getf(is_terminated_flag))
    mail.sender = nullptr;
}

// The exit signal table of ref_man_processes. Returns false where the signal stays in line as a message.
bool process::absorb_exit_signal(const caf::mailbox_element& mail) {
  const auto& signal = mail.content().get_as<caf::exit_msg>(0);
  exit_reason reason{signal.reason};
  const bool is_remote = signal.source && signal.source.node() != node();
  // What answers a link to a process that had ended on another node comes without a sender.
  bool by_link = mail.sender || (is_remote && reason.what() == exit_reason::kind::noproc);
  if (by_link && !take_link(signal.source)) {
    // Unlinked while the signal was on its way; or another node's send_exit, which looks the same.
    if (!is_remote || was_linked(signal.source)) return true;
    by_link = false;
  } else if (!by_link && !is_remote && is_gone(signal.source)) {
    by_link = take_link(signal.source);
  }
  if (!by_link && reason.what() == exit_reason::kind::kill) {
    exit_after_callback(is_marked(is_flooded) ? exit_reason::mailbox_full()
                                              : exit_reason::killed());
    return true;
  }
  if (is_marked(traps_exit)) return false;
  const bool from_self = signal.source == address();
  if (reason.what() != exit_reason::kind::normal || from_self)
    exit_after_callback(std::move(reason));
  return true;
}

caf::mailbox_element_ptr process::trapped(const caf::mailbox_element& mail) {
  const auto& signal = mail.content().get_as<caf::exit_msg>(0);
  return caf::make_mailbox_element(
      nullptr, caf::make_message_id(), {},
      caf::make_message(exit_signal{signal.source, exit_reason{signal.reason}}));
}

void process::send_exit_signal(const pid& to, const exit_reason& reason) {
  if (!to) return;
  auto* target = caf::actor_cast<caf::abstract_actor*>(to);
  const bool is_here = target->node() == node();
  // CAF's actors and proxies take an exit signal for the end of whom it names, and unlink him.
  const bool is_kept = !from(to) && is_linked(to.address());
  const auto source = is_kept && is_here ? caf::actor_addr{} : address();
  target->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                            caf::exit_msg{source, reason.error()}),
                  context());
  if (!is_kept || is_here) return;
  attach(default_attachable::make_link(address(), to.address()));
  target->attach(default_attachable::make_link(to.address(), address()));
}

// -- links ------------------------------------------------------------------------------------------

void process::link(const pid& other) {
  if (!other || other == self()) return;
  auto* target = caf::actor_cast<caf::abstract_actor*>(other);
  if (!target->getf(is_terminated_flag)) return link_to(other);
  // Where it is trapped Erlang puts the message in line at once, and no unlink takes it back. Else it is
  // the signal of a link, of which there is this half.
  const bool is_message = target->node() == node() && is_marked(traps_exit);
  if (!is_message && !is_linked(other.address()))
    attach(default_attachable::make_link(address(), other.address()));
  enqueue(caf::make_mailbox_element(
              is_message ? nullptr : caf::actor_cast<caf::strong_actor_ptr>(other),
              caf::make_message_id(), {},
              caf::exit_msg{other.address(), reason_of_dead(*target, node()).error()}),
          context());
}

void process::unlink(const pid& other) {
  if (!other) return;
  if (other.node() != node() && is_linked(other.address())) note_former_link(other.address());
  unlink_from(other);
}

// Called with both locked, as CAF links. A proxy that is sent an exit signal takes the locks of the
// proxy and of the process, to unlink them: it would wait for itself, and the node for it.
bool process::add_backlink(caf::abstract_actor* other) {
  if (is_alive()) return caf::local_actor::add_backlink(other);
  auto noproc = caf::make_message(caf::exit_msg{address(), exit_reason::noproc().error()});
  if (other->node() == node()) {
    other->enqueue(ctrl(), caf::make_message_id(), std::move(noproc), nullptr);
    return true; // the other half is there until the signal takes it, or an unlink
  }
  home().timers().common().add(timer_clock::now(), nullptr, [&](timer_ref) {
    return timer_event{caf::weak_actor_ptr{other->ctrl()}, {}, std::move(noproc)};
  });
  return false;
}

bool process::is_linked(const caf::actor_addr& other) const {
  std::lock_guard lock{mtx_};
  // With `dry_run` it changes nothing.
  return const_cast<process*>(this)->detach_impl(link_to_peer(other), true, true) != 0;
}

bool process::take_link(const caf::actor_addr& other) {
  if (detach(link_to_peer(other)) == 0) return false;
  if (other.node() != node()) note_former_link(other);
  return true;
}

// The end of a process on another node may be told twice, by it and by the loss of its proxy, in either
// order, and an unlinked one's may be on its way. Both are long past when this many later links ended.
void process::note_former_link(const caf::actor_addr& other) {
  constexpr std::size_t former_links_max = 64;
  auto& former = with_extras().former_links;
  former.push_back(other);
  if (former.size() > former_links_max) former.pop_front();
}

bool process::was_linked(const caf::actor_addr& other) const {
  return own().extras &&
         std::ranges::find(own().extras->former_links, other) != own().extras->former_links.end();
}

// -- monitors ---------------------------------------------------------------------------------------

monitor_ref process::monitor(const pid& other) {
  auto ref = home().next_monitor_ref();
  if (other == self()) return ref; // nothing would be left to hear of it
  auto target = caf::actor_cast<caf::strong_actor_ptr>(other);
  if (target) {
    auto& monitors = with_extras().monitors;
    std::lock_guard lock{mtx_};
    monitors.emplace(ref.id, caf::weak_actor_ptr{target.get()});
  }
  watch(target, ref);
  return ref;
}

// Has the end of the target told; where there is none, that is told at once.
void process::watch(const caf::strong_actor_ptr& target, monitor_ref ref) {
  if (!target)
    enqueue(
        detail::make_mail(nullptr, caf::make_message_id(), down{ref, {}, exit_reason::noproc()}),
        context());
  else if (target.get() != ctrl())
    attach_monitor(*target, ref, caf::weak_actor_ptr{ctrl()});
}

bool process::demonitor(monitor_ref ref, bool flush) {
  if (!own().extras || !own().extras->monitors.contains(ref.id)) {
    if (flush && !flush_kept(ref)) find_down(ref, true);
    return false;
  }
  caf::strong_actor_ptr target;
  {
    std::lock_guard lock{mtx_};
    target = own().extras->monitors.extract(ref.id).mapped().lock();
  }
  return unwatch(target, ref, flush);
}

// Returns whether the target lives, so that no `down` will come.
bool process::unwatch(const caf::strong_actor_ptr& target, monitor_ref ref, bool flush) {
  if (target && (target.get() == ctrl() || detach_monitor(*target, ref))) return true;
  // The target has ended. Where its `down` is not here yet, it is being sent at this moment.
  if (find_down(ref, flush)) return false;
  own().extras->muted.push_back(ref);
  return true;
}

// Returns whether the `down` is in the inbox; it is removed if that is asked for.
bool process::find_down(monitor_ref ref, bool remove) {
  fetch_mail();
  auto* last = own().newest;
  own().newest = nullptr;
  if (!last) return false;
  bool is_here = false;
  auto* mail = static_cast<caf::mailbox_element*>(last->next);
  last->next = nullptr;
  while (mail) {
    auto* next = static_cast<caf::mailbox_element*>(mail->next);
    const bool is_it = detail::pattern<down>::matches(mail->content()) &&
                       detail::pattern<down>::view(*mail).ref == ref;
    is_here = is_here || is_it;
    if (is_it && remove) {
      caf::mailbox_element_ptr drop{mail};
      count_waiting(-1u);
    } else {
      chain(mail, mail);
    }
    mail = next;
  }
  return is_here;
}

// Returns whether the process is to see this `down`.
bool process::accept_down(monitor_ref ref) {
  {
    std::lock_guard lock{mtx_};
    own().extras->monitors.erase(ref.id);
  }
  return std::erase(own().extras->muted, ref) == 0;
}

void process::release_monitors() {
  decltype(extras::monitors) all;
  decltype(detail::pending_calls::by_number) calls;
  {
    std::lock_guard lock{mtx_};
    all.swap(own().extras->monitors);
    calls.swap(own().extras->calls.by_number);
  }
  for (auto& [id, whom] : all)
    if (auto target = whom.lock()) detach_monitor(*target, monitor_ref{id});
  for (auto& [number, call] : calls)
    if (auto target = call.callee.lock()) detach_monitor(*target, monitor_ref{number});
}

bool process::trap_exit(bool on) noexcept { return on ? mark(traps_exit) : unmark(traps_exit); }

} // namespace vaquero
