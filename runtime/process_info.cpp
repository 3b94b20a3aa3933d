#include "runtime/process_info.hpp"

#include "runtime/detail/mail.hpp"
#include "runtime/detail/process_extras.hpp"
#include "runtime/monitor.hpp"
#include "runtime/node.hpp"
#include "runtime/type_name.hpp"

#include <caf/default_attachable.hpp>

#include <malloc.h>

namespace vaquero {

namespace {

using caf::default_attachable;

// CAF keeps links among an actor's attachables and lists them to nobody. The language lets the arguments
// of an explicit instantiation name private members, so that this reads them where they are.
template <auto Observer, auto Type>
struct attachable_reader {
  friend const caf::actor_addr& observer_of(const default_attachable& x) { return x.*Observer; }
  friend bool is_link(const default_attachable& x) { return x.*Type == default_attachable::link; }
};
const caf::actor_addr& observer_of(const default_attachable& x);
bool is_link(const default_attachable& x);
template struct attachable_reader<&default_attachable::observer_, &default_attachable::type_>;

} // namespace

const char* to_string(process_status status) {
  switch (status) {
    case process_status::waiting: return "waiting";
    case process_status::runnable: return "runnable";
    case process_status::running: return "running";
    case process_status::exiting: return "exiting";
  }
  return "";
}

std::string process::current_callback() const {
  return type_name(typeid(*this)) + " in handle_message";
}

std::optional<process_info> process::info() const {
  process_info result;
  result.registered_name = home().names().name_of(*this);
  result.current_callback = current_callback();
  result.message_queue_len = mailbox_length();
  result.messages_handled = messages_handled();
  result.trap_exit = is_marked(traps_exit);
  result.bound = mailbox_bound::unpacked(state().bound.load(std::memory_order_relaxed));
  if (is(exiting))
    result.status = process_status::exiting;
  else if (is(running) || is(held))
    result.status = process_status::running;
  else
    result.status = state().inbox.blocked() ? process_status::waiting : process_status::runnable;
  result.memory = malloc_usable_size(ctrl()) + result.message_queue_len * sizeof(detail::mail<int>);
  std::lock_guard lock{mtx_};
  if (getf(is_terminated_flag)) return std::nullopt;
  for (auto* each = attachables_head_.get(); each; each = each->next.get()) {
    result.memory += malloc_usable_size(each);
    if (auto* watcher = watcher_of(*each))
      result.monitored_by.push_back(caf::actor_cast<caf::actor_addr>(*watcher));
    else if (auto* observer = dynamic_cast<const default_attachable*>(each))
      (is_link(*observer) ? result.links : result.monitored_by).push_back(observer_of(*observer));
  }
  if (!own().extras) return result;
  result.memory += own().extras->memory();
  for (const auto& [ref, whom] : own().extras->monitors)
    result.monitors.push_back(caf::actor_cast<caf::actor_addr>(whom));
  for (const auto& [number, call] : own().extras->calls.by_number)
    result.monitors.push_back(caf::actor_cast<caf::actor_addr>(call.callee));
  return result;
}

std::optional<process_info> info_of(const caf::actor& process) {
  auto* which = process::from(process);
  return which ? which->info() : std::nullopt;
}

std::vector<caf::actor> processes(const node& home) { return home.processes().all(); }

} // namespace vaquero
