// How often each kind of event has been seen, for logs that must not grow with what strangers repeat: they tell
// of the first, and then whenever the count has doubled. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace vaquero {

class repeat_count {
 public:
  /// One more of this kind. Returns how many there are now.
  std::uint64_t add(const std::string& kind);

  /// Of all kinds.
  std::uint64_t total() const;

  /// Whether the event with this number is to be told of.
  static bool is_told(std::uint64_t count) noexcept;

 private:
  // A program has few kinds of anything; past this many the rest is counted as one.
  static constexpr std::size_t kinds_max = 1'000;

  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> seen_;
  std::uint64_t total_ = 0;
};

} // namespace vaquero
