#include "runtime/pg.hpp"

#include "runtime/message_traits.hpp"
#include "runtime/node.hpp"
#include "runtime/verbs.hpp"

#include <caf/attachable.hpp>

#include <algorithm>
#include <stdexcept>

namespace vaquero {

/// Hangs on each process that joined or monitors, once.
class pg_scope::exit_hook final : public caf::attachable {
 public:
  // CAF's own kinds of token count from 0.
  static constexpr std::size_t token = 0x7662;

  exit_hook(std::weak_ptr<pg_scope> scope, const pid& process)
      : scope_(std::move(scope)), process_(caf::actor_cast<caf::weak_actor_ptr>(process)) {}

  void actor_exited(const caf::error&, caf::execution_unit*) override {
    auto scope = scope_.lock();
    auto process = process_.lock();
    if (scope && process) scope->forget(caf::actor_cast<pid>(process));
  }
  bool matches(const caf::attachable::token& what) override {
    return what.subtype == token && what.ptr == scope_.lock().get();
  }

 private:
  std::weak_ptr<pg_scope> scope_;
  caf::weak_actor_ptr process_;
};

namespace {

const caf::actor_control_block* key_of(const pid& process) {
  return caf::actor_cast<caf::actor_control_block*>(process);
}

void require_process(const pid& watcher) {
  if (!watcher) throw std::invalid_argument{"badarg: an empty handle monitors nothing"};
}

/// As Erlang has them: who joined last comes first.
std::vector<pid> newest_first(const std::vector<pid>& members) {
  return {members.rbegin(), members.rend()};
}

} // namespace

// -- members ----------------------------------------------------------------------------------------

void pg_scope::join(std::string_view group, std::span<const pid> processes) {
  for (const auto& each : processes)
    if (!each || each.node() != home_.system().node())
      throw std::invalid_argument{"badarg: only processes of this node join a group here"};
  std::string name{group};
  garbage late;
  {
    std::lock_guard lock{mutex_};
    for (const auto& each : processes)
      known_[key_of(each)].groups.push_back(name);
    if (!processes.empty()) {
      auto& joined = groups_[name];
      joined.all.insert(joined.all.end(), processes.rbegin(), processes.rend());
      joined.local.insert(joined.local.end(), processes.rbegin(), processes.rend());
    }
    tell(pg_change::join, name, processes, late);
  }
  hook(processes);
}

bool pg_scope::leave(std::string_view group, std::span<const pid> processes) {
  std::string name{group};
  garbage late;
  std::lock_guard lock{mutex_};
  bool any = false;
  for (const auto& each : processes)
    any |= take_out(name, each, late);
  if (any) tell(pg_change::leave, name, processes, late);
  return any;
}

bool pg_scope::take_out(const std::string& name, const pid& process, garbage& late) {
  auto known = known_.find(key_of(process));
  if (known == known_.end()) return false;
  auto& groups = known->second.groups;
  auto newest = std::find(groups.rbegin(), groups.rend(), name);
  if (newest == groups.rend()) return false;
  groups.erase(std::next(newest).base());
  take_from_group(name, process, late);
  return true;
}

void pg_scope::take_from_group(const std::string& name, const pid& process, garbage& late) {
  auto found = groups_.find(name);
  for (auto* list : {&found->second.all, &found->second.local}) {
    auto at = std::prev(std::find(list->rbegin(), list->rend(), process).base());
    late.pids.push_back(std::move(*at));
    list->erase(at);
  }
  if (found->second.all.empty()) groups_.erase(found);
}

std::vector<pid> pg_scope::members_of(std::string_view name,
                                      std::vector<pid> member_lists::*which) const {
  std::lock_guard lock{mutex_};
  auto found = groups_.find(name);
  return found == groups_.end() ? std::vector<pid>{} : newest_first(found->second.*which);
}

std::vector<pid> pg_scope::members(std::string_view group) const {
  return members_of(group, &member_lists::all);
}

std::vector<pid> pg_scope::local_members(std::string_view group) const {
  return members_of(group, &member_lists::local);
}

std::vector<std::string> pg_scope::which_groups() const {
  std::vector<std::string> result;
  std::lock_guard lock{mutex_};
  for (const auto& [name, members] : groups_)
    result.push_back(name);
  return result;
}

// -- monitors ---------------------------------------------------------------------------------------

monitor_ref pg_scope::add_watch(std::vector<watch>& watches, const pid& watcher) {
  auto ref = home_.next_monitor_ref();
  watches.push_back({ref, watcher});
  ++known_[key_of(watcher)].monitors;
  return ref;
}

std::pair<monitor_ref, std::vector<pid>> pg_scope::monitor(std::string_view group,
                                                           const pid& watcher) {
  require_process(watcher);
  std::pair<monitor_ref, std::vector<pid>> result;
  {
    std::lock_guard lock{mutex_};
    result.first = add_watch(group_watches_[std::string{group}], watcher);
    if (auto found = groups_.find(group); found != groups_.end())
      result.second = newest_first(found->second.all);
  }
  hook({&watcher, 1});
  return result;
}

std::pair<monitor_ref, pg_scope::group_members> pg_scope::monitor_scope(const pid& watcher) {
  require_process(watcher);
  std::pair<monitor_ref, group_members> result;
  {
    std::lock_guard lock{mutex_};
    result.first = add_watch(scope_watches_, watcher);
    for (const auto& [name, members] : groups_)
      result.second.emplace(name, newest_first(members.all));
  }
  hook({&watcher, 1});
  return result;
}

bool pg_scope::demonitor(monitor_ref ref) {
  pid last; // destroyed after the lock
  std::lock_guard lock{mutex_};
  auto erase_from = [&](std::vector<watch>& watches) {
    auto at = std::ranges::find(watches, ref, &watch::ref);
    if (at == watches.end()) return false;
    last = std::move(at->watcher);
    --known_[key_of(last)].monitors;
    watches.erase(at);
    return true;
  };
  if (erase_from(scope_watches_)) return true;
  for (auto at = group_watches_.begin(); at != group_watches_.end(); ++at) {
    if (!erase_from(at->second)) continue;
    if (at->second.empty()) group_watches_.erase(at);
    return true;
  }
  return false;
}

// With the lock, so that all hear of the changes in the order in which they are made.
void pg_scope::tell(pg_change change, const std::string& name, std::span<const pid> pids,
                    garbage& late) {
  auto send_to = [&](const std::vector<watch>& watches) {
    for (const auto& each : watches) {
      auto message = caf::make_message(
          pg_event{each.ref, change, name, std::vector<pid>(pids.begin(), pids.end())});
      late.messages.push_back(message);
      caf::actor_cast<caf::abstract_actor*>(each.watcher)
          ->enqueue(nullptr, caf::make_message_id(), std::move(message), nullptr);
    }
  };
  send_to(scope_watches_);
  if (auto found = group_watches_.find(name); found != group_watches_.end()) send_to(found->second);
}

// -- the end of processes ---------------------------------------------------------------------------

// Without the lock: for a process that has ended CAF calls the hook at once.
void pg_scope::hook(std::span<const pid> processes) {
  for (const auto& each : processes) {
    auto* actor = caf::actor_cast<caf::abstract_actor*>(each);
    actor->detach({exit_hook::token, this});
    actor->attach(std::make_unique<exit_hook>(weak_from_this(), each));
  }
}

void pg_scope::forget(const pid& dead) {
  garbage late;
  std::lock_guard lock{mutex_};
  auto known = known_.extract(key_of(dead));
  if (known.empty()) return;
  auto& groups = known.mapped().groups;
  for (auto name = groups.rbegin(); name != groups.rend(); ++name) {
    take_from_group(*name, dead, late);
    tell(pg_change::leave, *name, {&dead, 1}, late);
  }
  if (known.mapped().monitors != 0) forget_watches(dead, late);
}

void pg_scope::forget_watches(const pid& dead, garbage& late) {
  auto erase_from = [&](std::vector<watch>& watches) {
    std::erase_if(watches, [&](watch& each) {
      if (each.watcher != dead) return false;
      late.pids.push_back(each.watcher);
      return true;
    });
  };
  erase_from(scope_watches_);
  for (auto at = group_watches_.begin(); at != group_watches_.end();) {
    erase_from(at->second);
    at = at->second.empty() ? group_watches_.erase(at) : std::next(at);
  }
}

pg_scope& pg_scopes::scope(std::string_view name) {
  std::lock_guard lock{mutex_};
  auto found = scopes_.find(name);
  if (found == scopes_.end())
    found = scopes_.emplace(name, std::make_shared<pg_scope>(home_)).first;
  return *found->second;
}

} // namespace vaquero
