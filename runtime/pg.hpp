// Process groups: Erlang's pg. A scope is a set of groups, a group is a list of processes that joined, each
// as often as it did; what dies has left. Only processes of this node join here: a link between nodes adds
// the others to `all` and never to `local`. No function sends to a group: send to its members. Any thread.
#pragma once

#include "runtime/refs.hpp"
#include "runtime/signals.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vaquero {

class node;

enum class pg_change : std::uint8_t { join, leave };

/// Processes joined or left a group that is monitored: Erlang's {Ref, join | leave, Group, Pids}.
struct pg_event {
  monitor_ref ref;
  pg_change change;
  std::string group;
  std::vector<pid> pids;
};

class pg_scope : public std::enable_shared_from_this<pg_scope> {
 public:
  using group_members = std::map<std::string, std::vector<pid>, std::less<>>;

  explicit pg_scope(node& home) : home_(home) {}
  pg_scope(const pg_scope&) = delete;
  pg_scope& operator=(const pg_scope&) = delete;

  /// Adds the processes to the group, the first of them first and before all that are there. They must be
  /// of this node, else it throws std::invalid_argument (Erlang's badarg). One that has ended leaves again.
  void join(std::string_view group, std::span<const pid> processes);
  void join(std::string_view group, const pid& process) { join(group, {&process, 1}); }

  /// Takes each out once, where it is. False (Erlang's not_joined) if none of them was there.
  bool leave(std::string_view group, std::span<const pid> processes);
  bool leave(std::string_view group, const pid& process) { return leave(group, {&process, 1}); }

  /// The newest first; one that joined twice is there twice. Empty for an unknown group.
  std::vector<pid> members(std::string_view group) const;
  std::vector<pid> local_members(std::string_view group) const;

  /// The groups that have members.
  std::vector<std::string> which_groups() const;

  /// From now on `watcher` gets a pg_event for each change of the group. Returns its members now, so that
  /// nothing is missed between. The group need not exist. A monitor ends with its process.
  std::pair<monitor_ref, std::vector<pid>> monitor(std::string_view group, const pid& watcher);

  /// The same for all groups, also those to come.
  std::pair<monitor_ref, group_members> monitor_scope(const pid& watcher);

  /// Ends a monitor; false if there is none of this reference. Events may wait in the inbox.
  bool demonitor(monitor_ref ref);

 private:
  class exit_hook;
  struct member_lists {
    std::vector<pid> all; // the newest last
    std::vector<pid> local;
  };
  struct watch {
    monitor_ref ref;
    pid watcher;
  };
  struct known_process {
    std::vector<std::string> groups; // one entry for each time that it joined, the newest last
    std::size_t monitors = 0;
  };

  // What is destroyed after the lock: a last handle, or a message that nobody took, may run anything.
  struct garbage {
    std::vector<pid> pids;
    std::vector<caf::message> messages;
  };

  std::vector<pid> members_of(std::string_view name, std::vector<pid> member_lists::*which) const;
  void tell(pg_change change, const std::string& name, std::span<const pid> pids, garbage& late);
  bool take_out(const std::string& name, const pid& process, garbage& late);
  void take_from_group(const std::string& name, const pid& process, garbage& late);
  monitor_ref add_watch(std::vector<watch>& watches, const pid& watcher);
  void forget(const pid& dead);
  void forget_watches(const pid& dead, garbage& late);
  void hook(std::span<const pid> processes);

  node& home_;
  mutable std::mutex mutex_;
  std::map<std::string, member_lists, std::less<>> groups_;
  std::map<std::string, std::vector<watch>, std::less<>> group_watches_;
  std::vector<watch> scope_watches_;
  // Not by actor_id: processes of two nodes may have the same.
  std::unordered_map<const caf::actor_control_block*, known_process> known_;
};

/// The scopes of a node, by name. Any thread.
class pg_scopes {
 public:
  explicit pg_scopes(node& home) : home_(home) {}

  /// Begins the scope if there is none of this name. It lives as long as the node.
  pg_scope& scope(std::string_view name);

 private:
  node& home_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<pg_scope>, std::less<>> scopes_;
};

} // namespace vaquero
