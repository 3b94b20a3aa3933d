// The names of topics, and filters with wildcards, as text: what is allowed, what is the same, what
// matches. `/` and `:` are one separator everywhere; no level is special, MQTT's `$` neither. Any thread.
#pragma once

#include "runtime/topic_options.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace vaquero {

/// The levels of a name from left to right; there is at least one.
class topic_levels {
 public:
  explicit topic_levels(std::string_view name) noexcept : rest_(name) {}

  bool has_more() const noexcept { return has_more_; }
  std::string_view next() noexcept {
    const auto end = rest_.find_first_of("/:");
    const auto level = rest_.substr(0, end);
    has_more_ = end != std::string_view::npos;
    if (has_more_) rest_.remove_prefix(end + 1);
    return level;
  }

 private:
  std::string_view rest_;
  bool has_more_ = true;
};

/// Throws std::invalid_argument unless a message may be published there: it is not empty, within the
/// bounds, and has no `+` or `#` anywhere.
void check_topic_name(std::string_view name, const topic_options& bounds);

/// Throws std::invalid_argument unless one may subscribe to it: as a name, but `+` may be a whole level,
/// and `#` the last one.
void check_topic_filter(std::string_view filter, const topic_options& bounds);

/// Throws std::invalid_argument for a key that is too long.
void check_topic_key(std::string_view key, const topic_options& bounds);

/// Of a filter that may be subscribed to.
inline bool has_wildcards(std::string_view filter) noexcept {
  return filter.find_first_of("+#") != std::string_view::npos;
}

bool topic_matches(std::string_view filter, std::string_view name) noexcept;

/// The same levels, whatever separates them.
struct same_topic {
  using is_transparent = void;
  bool operator()(std::string_view x, std::string_view y) const noexcept;
};

struct topic_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const;
};

} // namespace vaquero
