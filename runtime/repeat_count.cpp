#include "runtime/repeat_count.hpp"

#include <bit>

namespace vaquero {

std::uint64_t repeat_count::add(const std::string& kind) {
  std::lock_guard lock{mutex_};
  ++total_;
  auto place = seen_.find(kind);
  if (place == seen_.end())
    place = seen_.emplace(seen_.size() < kinds_max ? kind : "other", 0).first;
  return ++place->second;
}

std::uint64_t repeat_count::total() const {
  std::lock_guard lock{mutex_};
  return total_;
}

bool repeat_count::is_told(std::uint64_t count) noexcept { return std::has_single_bit(count); }

} // namespace vaquero
