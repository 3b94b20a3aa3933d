#include "net/http/request.hpp"

#include "net/http/ascii.hpp"
#include "net/http/url.hpp"

#include <algorithm>

namespace vaquero {

std::optional<std::string> request::query_value(std::string_view name) const {
  auto rest = query();
  while (!rest.empty()) {
    auto end = rest.find('&');
    auto pair = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (pair.empty()) continue;
    auto equals = pair.find('=');
    auto key = pair.substr(0, equals);
    bool plain = key.find_first_of("%+") == std::string_view::npos;
    if (plain ? key != name : form_decode(key) != name) continue;
    if (equals == std::string_view::npos) return std::string{};
    return form_decode(pair.substr(equals + 1));
  }
  return std::nullopt;
}

std::string_view request::host() const { return host_of(authority()); }

std::string_view request::authority() const {
  if (authority_.size > 0) return part(authority_);
  return header("Host").value_or(std::string_view{});
}

std::optional<std::string_view> request::header(std::string_view name) const {
  for (auto [key, value] : headers())
    if (ascii::iequals(key, name)) return value;
  return std::nullopt;
}

std::optional<std::string_view> request::cookie(std::string_view name) const {
  for (auto [header_name, header_value] : headers()) {
    if (!ascii::iequals(header_name, "Cookie")) continue;
    auto rest = header_value;
    while (!rest.empty()) {
      auto pair = ascii::next_part(rest, ';');
      if (pair.empty()) continue;
      auto equals = pair.find('=');
      bool named = equals != std::string_view::npos;
      auto key = named ? ascii::trim(pair.substr(0, equals)) : std::string_view{};
      if (key == name) return named ? ascii::trim(pair.substr(equals + 1)) : pair;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> request::binding(std::string_view name) const {
  for (const auto& [key, value] : bindings_)
    if (key == name) return value;
  return std::nullopt;
}

void request::set_binding(std::string name, std::string value) {
  auto same = [&](const auto& bound) { return bound.first == name; };
  if (auto bound = std::find_if(bindings_.begin(), bindings_.end(), same); bound != bindings_.end())
    bound->second = std::move(value);
  else
    bindings_.emplace_back(std::move(name), std::move(value));
}

} // namespace vaquero
