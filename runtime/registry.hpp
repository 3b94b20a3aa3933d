// The seam for names beyond those of one node: Erlang's {via, Module, Name}. Whatever finds a process by a
// name implements it; `send` and timers take what it finds. It outlives everything that was given it.
#pragma once

#include "runtime/signals.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vaquero {

class registry {
 public:
  /// Gives the process the name. False if somebody has it, or this process may not have it. Any thread.
  virtual bool register_name(const std::string& name, const pid& process) = 0;

  /// Takes the name back. False if nobody has it. Any thread.
  virtual bool unregister_name(std::string_view name) = 0;

  /// Who has the name now; it may have ended by the time one sends to it. Any thread.
  virtual std::optional<pid> whereis(std::string_view name) const = 0;

 protected:
  ~registry() = default;
};

/// A name in a registry.
struct via {
  const registry& in;
  std::string name;
};

} // namespace vaquero
