// One key of the configuration file: how its value is read, checked and written. The tables of keys
// (config_keys.cpp) are made of these; only what reads configuration includes this.
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <toml.hpp>
#include <vector>

namespace vaquero {

using config_value = toml::basic_value<toml::discard_comments, std::map, std::vector>;

/// What is wrong with a value, and what is allowed; where it stands is known to who reads the file.
class value_error : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

template <class Options>
struct config_key {
  std::string name; // "deflate.level" is `level` in the table `deflate`
  std::string doc;
  std::function<void(Options&, const config_value&)> read; // throws value_error
  std::function<std::string(const Options&)> write;        // as it stands in a file
};

struct bounds {
  std::uint64_t least = 0;
  std::uint64_t most = 9'223'372'036'854'775'807; // TOML's own
};

/// "60s" for 60,000 ms: the longest unit without a rest; "infinity".
std::string duration_text(std::chrono::milliseconds time);
/// Throws value_error for what is none.
std::chrono::milliseconds parse_duration(const config_value& value);
std::uint64_t parse_number(const config_value& value, bounds allowed);
bool parse_flag(const config_value& value);
std::string parse_text(const config_value& value);
std::vector<std::string> parse_texts(const config_value& value);
/// A text as a file has it, in quotes.
std::string in_quotes(std::string_view text);
std::string list_text(const std::vector<std::string>& texts);

/// A whole number. `Part` leads from the options to it: a pointer to a member, or a function.
template <class Options, class Part>
config_key<Options> number_key(std::string name, Part part, bounds allowed, std::string doc) {
  doc += " (" + std::to_string(allowed.least) + " to " + std::to_string(allowed.most) + ")";
  return {std::move(name), std::move(doc),
          [=](Options& into, const config_value& value) {
            auto& member = std::invoke(part, into);
            member = static_cast<std::remove_reference_t<decltype(member)>>(
                parse_number(value, allowed));
          },
          [=](const Options& from) { return std::to_string(std::invoke(part, from)); }};
}

template <class Options, class Part>
config_key<Options> duration_key(std::string name, Part part, std::string doc) {
  return {std::move(name), std::move(doc),
          [=](Options& into, const config_value& value) {
            std::invoke(part, into) = parse_duration(value);
          },
          [=](const Options& from) { return in_quotes(duration_text(std::invoke(part, from))); }};
}

template <class Options, class Part>
config_key<Options> flag_key(std::string name, Part part, std::string doc) {
  return {std::move(name), std::move(doc),
          [=](Options& into, const config_value& value) {
            std::invoke(part, into) = parse_flag(value);
          },
          [=](const Options& from) { return std::invoke(part, from) ? "true" : "false"; }};
}

template <class Options, class Part>
config_key<Options> text_key(std::string name, Part part, std::string doc) {
  return {std::move(name), std::move(doc),
          [=](Options& into, const config_value& value) {
            std::invoke(part, into) = parse_text(value);
          },
          [=](const Options& from) { return in_quotes(std::invoke(part, from)); }};
}

template <class Options, class Part>
config_key<Options> texts_key(std::string name, Part part, std::string doc) {
  return {std::move(name), std::move(doc),
          [=](Options& into, const config_value& value) {
            std::invoke(part, into) = parse_texts(value);
          },
          [=](const Options& from) { return list_text(std::invoke(part, from)); }};
}

/// One of several names. `choices` are pairs of name and value.
template <class Options, class Part, class Value>
config_key<Options> choice_key(std::string name, Part part,
                               std::vector<std::pair<std::string, Value>> choices,
                               std::string doc) {
  std::string allowed;
  for (const auto& [text, meant] : choices)
    allowed += (allowed.empty() ? "" : ", ") + in_quotes(text);
  return {std::move(name), doc + " (one of " + allowed + ")",
          [=](Options& into, const config_value& value) {
            const auto given = parse_text(value);
            for (const auto& [text, meant] : choices)
              if (text == given) {
                std::invoke(part, into) = meant;
                return;
              }
            throw value_error{in_quotes(given) + " is none of " + allowed};
          },
          [=](const Options& from) {
            for (const auto& [text, meant] : choices)
              if (meant == std::invoke(part, from)) return in_quotes(text);
            return std::string{};
          }};
}

} // namespace vaquero
