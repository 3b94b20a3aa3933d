// Local names: register_as, whereis. One name a process, one process a name; freed at death, before
// monitors hear of it. Any thread.
#pragma once

#include "runtime/signals.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vaquero {

class names {
 public:
  /// Gives the name to the process. False if somebody has it.
  bool claim(const std::string& name, const pid& process);

  /// Takes the name back; nothing if nobody has it.
  void release(std::string_view name);

  /// Who has the name now; it may have ended by the time one sends to it.
  std::optional<pid> whereis(std::string_view name) const;

 private:
  struct hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::string, pid, hash, std::equal_to<>> taken_;
};

} // namespace vaquero
