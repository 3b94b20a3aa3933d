#include "runtime/names.hpp"

namespace vaquero {

bool names::claim(const std::string& name, const pid& process) {
  std::lock_guard lock{mutex_};
  return taken_.emplace(name, process).second;
}

void names::release(std::string_view name) {
  pid last; // destroyed after the lock: it may be the last handle
  std::lock_guard lock{mutex_};
  if (auto found = taken_.find(name); found != taken_.end()) {
    last = std::move(found->second);
    taken_.erase(found);
  }
}

std::optional<pid> names::whereis(std::string_view name) const {
  std::lock_guard lock{mutex_};
  auto found = taken_.find(name);
  return found == taken_.end() ? std::nullopt : std::optional{found->second};
}

} // namespace vaquero
