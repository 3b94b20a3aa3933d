#include "net/http/constraint.hpp"

#include <charconv>
#include <cstdint>

namespace vaquero {

namespace {

std::optional<std::string> check_integer(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || rest != end || error != std::errc{}) return std::nullopt;
  return std::to_string(number);
}

std::optional<std::string> check_nonempty(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return std::string{text};
}

} // namespace

constraint constraint::integer() { return {"int", check_integer}; }
constraint constraint::nonempty() { return {"nonempty", check_nonempty}; }

std::optional<constraint> constraint::named(std::string_view name) {
  if (name == "int") return integer();
  if (name == "nonempty") return nonempty();
  return std::nullopt;
}

} // namespace vaquero
