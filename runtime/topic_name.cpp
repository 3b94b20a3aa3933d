#include "runtime/topic_name.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>

namespace vaquero {

namespace {

[[noreturn]] void refuse(const char* what, std::string_view name, const std::string& why) {
  constexpr std::size_t shown_max = 80;
  std::string text{name.substr(0, shown_max)};
  if (name.size() > shown_max) text += "...";
  throw std::invalid_argument{std::string{"badarg: the topic "} + what + " \"" + text + "\" " +
                              why};
}

void check_size(const char* what, std::string_view name, const topic_options& bounds) {
  if (name.empty()) refuse(what, name, "is empty; it has at least one byte");
  if (name.size() > bounds.name_bytes_max)
    refuse(what, name,
           "has " + std::to_string(name.size()) + " bytes; " +
               std::to_string(bounds.name_bytes_max) + " are allowed");
  const auto levels = 1 + static_cast<std::size_t>(std::ranges::count_if(
                              name, [](char x) { return x == '/' || x == ':'; }));
  if (levels > bounds.levels_max)
    refuse(what, name,
           "has " + std::to_string(levels) + " levels; " + std::to_string(bounds.levels_max) +
               " are allowed");
}

char as_slash(char x) noexcept { return x == ':' ? '/' : x; }

} // namespace

void check_topic_name(std::string_view name, const topic_options& bounds) {
  check_size("name", name, bounds);
  if (has_wildcards(name)) refuse("name", name, "holds + or #; only filters of subscriptions may");
}

void check_topic_key(std::string_view key, const topic_options& bounds) {
  if (key.size() > bounds.key_bytes_max)
    throw std::invalid_argument{"badarg: the key has " + std::to_string(key.size()) + " bytes; " +
                                std::to_string(bounds.key_bytes_max) + " are allowed"};
}

void check_topic_filter(std::string_view filter, const topic_options& bounds) {
  check_size("filter", filter, bounds);
  if (!has_wildcards(filter)) return;
  topic_levels levels{filter};
  while (levels.has_more()) {
    const auto level = levels.next();
    if (level == "#" && levels.has_more())
      refuse("filter", filter, "has a level behind #; # is the last one");
    if (level.size() > 1 && has_wildcards(level))
      refuse("filter", filter, "holds + or # inside a level; each is a whole level");
  }
}

bool topic_matches(std::string_view filter, std::string_view name) noexcept {
  topic_levels wanted{filter};
  topic_levels given{name};
  while (wanted.has_more()) {
    const auto level = wanted.next();
    if (level == "#") return true;
    if (!given.has_more()) return false;
    const auto other = given.next();
    if (level != "+" && level != other) return false;
  }
  return !given.has_more();
}

bool same_topic::operator()(std::string_view x, std::string_view y) const noexcept {
  if (x.size() != y.size()) return false;
  if (x == y) return true;
  return std::ranges::equal(x, y, {}, as_slash, as_slash);
}

std::size_t topic_hash::operator()(std::string_view name) const {
  // In pieces, so that a name of any length needs no memory for its other spelling.
  std::array<char, 64> piece;
  std::size_t hash = name.size();
  while (!name.empty()) {
    const auto count = std::min(name.size(), piece.size());
    std::transform(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(count), piece.begin(),
                   as_slash);
    hash = hash * 31 + std::hash<std::string_view>{}({piece.data(), count});
    name.remove_prefix(count);
  }
  return hash;
}

} // namespace vaquero
