#include "runtime/names.hpp"

#include "runtime/process.hpp"

namespace vaquero {

bool names::register_name(const std::string& name, const pid& process) {
  auto* named = process::from(process);
  if (!named || name.empty()) return false;
  std::lock_guard lock{mutex_};
  if (taken_.contains(name) || by_process_.contains(named->id())) return false;
  // Before it has it: if it ends now it frees the name once it gets the lock, before anybody hears of that.
  if (!named->note_name()) return false;
  by_process_.emplace(named->id(), name);
  taken_.emplace(name, process);
  return true;
}

bool names::unregister_name(std::string_view name) {
  pid last; // destroyed after the lock: it may be the last handle
  std::lock_guard lock{mutex_};
  auto found = taken_.find(name);
  if (found == taken_.end()) return false;
  last = std::move(found->second);
  by_process_.erase(last.id());
  taken_.erase(found);
  return true;
}

std::optional<pid> names::whereis(std::string_view name) const {
  std::lock_guard lock{mutex_};
  auto found = taken_.find(name);
  return found == taken_.end() ? std::nullopt : std::optional{found->second};
}

std::vector<std::string> names::registered() const {
  std::vector<std::string> all;
  std::lock_guard lock{mutex_};
  all.reserve(taken_.size());
  for (const auto& [name, whose] : taken_)
    all.push_back(name);
  return all;
}

std::string names::name_of(const process& whose) const {
  std::lock_guard lock{mutex_};
  auto found = by_process_.find(whose.id());
  return found == by_process_.end() ? std::string{} : found->second;
}

void names::release(const process& whose) {
  pid last; // destroyed after the lock
  std::lock_guard lock{mutex_};
  auto name = by_process_.find(whose.id());
  if (name == by_process_.end()) return;
  auto found = taken_.find(name->second);
  last = std::move(found->second);
  taken_.erase(found);
  by_process_.erase(name);
}

} // namespace vaquero
