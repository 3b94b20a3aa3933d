// The process's exit signals, links, monitors and name.
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
  if (!extras_) extras_ = std::make_unique<extras>();
  return *extras_;
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
  }
  if (!by_link && reason.what() == exit_reason::kind::kill) {
    exit_after_callback(exit_reason::killed());
    return true;
  }
  if (trap_exit_) return false;
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
  // CAF's proxies take an exit signal for the end of the sender, and unlink it.
  const bool keep_link = target->node() != node() && is_linked(to.address());
  target->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                            caf::exit_msg{address(), reason.error()}),
                  context());
  if (!keep_link) return;
  attach(default_attachable::make_link(address(), to.address()));
  target->attach(default_attachable::make_link(to.address(), address()));
}

// -- links ------------------------------------------------------------------------------------------

void process::link(const pid& other) {
  if (!other || other == self()) return;
  auto* target = caf::actor_cast<caf::abstract_actor*>(other);
  if (target->getf(is_terminated_flag))
    enqueue(caf::make_mailbox_element(
                nullptr, caf::make_message_id(), {},
                caf::exit_msg{target->address(), reason_of_dead(*target, node()).error()}),
            context());
  else
    link_to(other);
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
  if (other->node() == node())
    other->enqueue(nullptr, caf::make_message_id(), std::move(noproc), nullptr);
  else
    home_.timers().common().add(timer_clock::now(), nullptr, [&](timer_ref) {
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
  return extras_ && std::ranges::find(extras_->former_links, other) != extras_->former_links.end();
}

// -- monitors ---------------------------------------------------------------------------------------

monitor_ref process::monitor(const pid& other) {
  auto ref = home_.next_monitor_ref();
  auto target = caf::actor_cast<caf::strong_actor_ptr>(other);
  if (!target) {
    enqueue(nullptr, caf::make_message_id(),
            caf::make_message(down{ref, {}, exit_reason::noproc()}), context());
    return ref;
  }
  with_extras().monitors.emplace(ref.id, caf::weak_actor_ptr{target.get()});
  attach_monitor(*target, ref, caf::actor_cast<caf::weak_actor_ptr>(ctrl()));
  return ref;
}

bool process::demonitor(monitor_ref ref, bool flush) {
  bool was_there = false;
  bool is_detached = false;
  if (extras_) {
    if (auto found = extras_->monitors.find(ref.id); found != extras_->monitors.end()) {
      was_there = true;
      if (auto target = found->second.lock()) is_detached = detach_monitor(*target, ref);
      extras_->monitors.erase(found);
    }
  }
  if (!flush || is_detached) return was_there;
  // The target has ended. Where its `down` is not here yet, it is being sent at this moment.
  if (!flush_down(ref) && was_there) extras_->muted.push_back(ref);
  return was_there;
}

// Returns whether the `down` was in the inbox.
bool process::flush_down(monitor_ref ref) {
  if (flush_kept(ref)) return true;
  take_signals();
  auto* last = newest_;
  newest_ = nullptr;
  if (!last) return false;
  bool was_here = false;
  auto* mail = static_cast<caf::mailbox_element*>(last->next);
  last->next = nullptr;
  while (mail) {
    auto* next = static_cast<caf::mailbox_element*>(mail->next);
    if (mail->content().match_elements<down>() && mail->content().get_as<down>(0).ref == ref) {
      caf::mailbox_element_ptr drop{mail};
      was_here = true;
    } else {
      append(mail);
    }
    mail = next;
  }
  return was_here;
}

// Returns whether the process is to see this `down`.
bool process::accept_down(monitor_ref ref) {
  extras_->monitors.erase(ref.id);
  return std::erase(extras_->muted, ref) == 0;
}

void process::release_monitors() {
  for (auto& [id, whom] : extras_->monitors)
    if (auto target = whom.lock()) detach_monitor(*target, monitor_ref{id});
  extras_->monitors.clear();
}

// -- names ------------------------------------------------------------------------------------------

bool process::trap_exit(bool on) noexcept { return std::exchange(trap_exit_, on); }

bool process::register_as(const std::string& name) {
  if (name.empty() || !with_extras().name.empty() || is_exiting_) return false;
  if (!home_.names().claim(name, self())) return false;
  extras_->name = name;
  return true;
}

} // namespace vaquero
