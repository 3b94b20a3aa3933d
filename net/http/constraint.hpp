// What a bound value must be before a route matches, and what it becomes: cowboy's constraints. Values
// whose functions must be pure: they run on every loop at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vaquero {

/// The value, maybe converted; nothing if it is none of these. Several stand in a list, in order.
struct constraint {
  std::string name; // constraints with one name are taken for the same
  std::function<std::optional<std::string>(std::string_view)> check;

  bool operator==(const constraint& other) const { return name == other.name; }

  /// "int": a whole number of 64 bits, which becomes its shortest form: "+007" is "7".
  static constraint integer();
  /// "nonempty".
  static constraint nonempty();
  /// The one with that name, for configuration files.
  static std::optional<constraint> named(std::string_view name);
};

} // namespace vaquero
