#include "server/config_key.hpp"

#include "net/websocket_options.hpp"
#include "runtime/log.hpp"

#include <array>

namespace vaquero {

namespace {

struct unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array units{unit{"h", 3'600'000}, unit{"m", 60'000}, unit{"s", 1'000},
                           unit{"ms", 1}};

constexpr std::int64_t longest_duration = 365LL * 24 * 3'600'000;

std::string kind_of(const config_value& value) {
  switch (value.type()) {
    case toml::value_t::string: return "a text";
    case toml::value_t::integer: return "a number";
    case toml::value_t::floating: return "a fraction";
    case toml::value_t::boolean: return "true or false";
    case toml::value_t::array: return "a list";
    case toml::value_t::table: return "a table";
    default: return "a date or time";
  }
}

} // namespace

std::string in_quotes(std::string_view text) { return '"' + printable(text) + '"'; }

std::string list_text(const std::vector<std::string>& texts) {
  std::string result;
  for (const auto& each : texts)
    result += (result.empty() ? "" : ", ") + in_quotes(each);
  return "[" + result + "]";
}

std::string duration_text(std::chrono::milliseconds time) {
  if (time == infinity) return "infinity";
  for (const auto& [name, length] : units)
    if (time.count() % length == 0 && (time.count() != 0 || name == "s"))
      return std::to_string(time.count() / length) + std::string{name};
  return {};
}

std::chrono::milliseconds parse_duration(const config_value& value) {
  constexpr auto allowed = R"(; a time is a text of a number and a unit, such as "500ms", "60s", )"
                           R"("5m" or "1h", up to a year, or "infinity")";
  if (!value.is_string()) throw value_error{"this is " + kind_of(value) + allowed};
  const std::string& text = value.as_string().str;
  if (text == "infinity") return infinity;
  std::int64_t count = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view name{rest, static_cast<std::size_t>(text.data() + text.size() - rest)};
  for (const auto& [unit_name, length] : units)
    if (error == std::errc{} && name == unit_name && count >= 0 &&
        count <= longest_duration / length)
      return std::chrono::milliseconds{count * length};
  throw value_error{in_quotes(text) + " is no time" + allowed};
}

std::uint64_t parse_number(const config_value& value, bounds allowed) {
  const auto range =
      "; a number from " + std::to_string(allowed.least) + " to " + std::to_string(allowed.most);
  if (!value.is_integer()) throw value_error{"this is " + kind_of(value) + range};
  const auto number = value.as_integer();
  if (number < 0 || static_cast<std::uint64_t>(number) < allowed.least ||
      static_cast<std::uint64_t>(number) > allowed.most)
    throw value_error{std::to_string(number) + " is not allowed" + range};
  return static_cast<std::uint64_t>(number);
}

bool parse_flag(const config_value& value) {
  if (!value.is_boolean()) throw value_error{"this is " + kind_of(value) + "; true or false"};
  return value.as_boolean();
}

std::string parse_text(const config_value& value) {
  if (!value.is_string()) throw value_error{"this is " + kind_of(value) + "; a text in quotes"};
  return value.as_string().str;
}

std::vector<std::string> parse_texts(const config_value& value) {
  if (!value.is_array()) throw value_error{"this is " + kind_of(value) + "; a list of texts"};
  std::vector<std::string> result;
  for (const auto& each : value.as_array())
    result.push_back(parse_text(each));
  return result;
}

} // namespace vaquero
