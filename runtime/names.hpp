// The names of one node: Erlang's register, unregister, whereis, registered. One name a process, one
// process a name; freed at death, before links and monitors hear of it. Any thread.
#pragma once

#include "runtime/registry.hpp"

#include <mutex>
#include <unordered_map>
#include <vector>

namespace vaquero {

class process;

class names final : public registry {
 public:
  /// False (Erlang's badarg) if the name is empty or taken, or if the process has a name, has ended, or is
  /// none of this node's.
  bool register_name(const std::string& name, const pid& process) override;
  bool unregister_name(std::string_view name) override;
  std::optional<pid> whereis(std::string_view name) const override;

  /// All names that are taken, in no order.
  std::vector<std::string> registered() const;

  /// The name of this process; empty if it has none.
  std::string name_of(const process& whose) const;

  /// Frees the name of a process that ends; nothing if it has none.
  void release(const process& whose);

 private:
  struct hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::string, pid, hash, std::equal_to<>> taken_;
  std::unordered_map<caf::actor_id, std::string> by_process_;
};

} // namespace vaquero
