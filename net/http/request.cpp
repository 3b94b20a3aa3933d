#include "net/http/request.hpp"

#include "net/detail/recycled.hpp"
#include "net/http/ascii.hpp"
#include "net/http/url.hpp"

#include <algorithm>

namespace vaquero {

using detail::request_parts;

// What a large head or a body needed is not kept.
constexpr std::size_t storage_kept_max = 4096;
constexpr std::size_t headers_kept_max = 64;

/// But for the memory of what nearly every request has.
void request_parts::clear() noexcept {
  static_cast<request_places&>(*this) = {};
  storage.clear();
  headers.clear();
  bindings = {};
  path_info = {};
  host_info = {};
  subprotocol = {};
  peer = {};
}

void request::give_back::operator()(request_parts* parts) const noexcept {
  const bool is_usual = parts->storage.capacity() <= storage_kept_max &&
                        parts->headers.capacity() <= headers_kept_max;
  if (is_usual) parts->clear();
  if (!is_usual || !detail::spare_list<request_parts>::of_this_thread().keep(parts)) delete parts;
}

void request::take_parts() {
  auto* spare = detail::spare_list<request_parts>::of_this_thread().take();
  parts_.reset(spare ? spare : new request_parts);
}

const request_parts& request::nothing() noexcept {
  static const request_parts empty;
  return empty;
}

request& request::operator=(const request& other) {
  if (this == &other) return *this;
  parts_.reset();
  if (other.parts_) own() = *other.parts_;
  return *this;
}

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
  if (auto own = part(&detail::request_places::authority); !own.empty()) return own;
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
  for (const auto& [key, value] : parts().bindings)
    if (key == name) return value;
  return std::nullopt;
}

void request::set_binding(std::string name, std::string value) {
  auto same = [&](const auto& bound) { return bound.first == name; };
  auto& bindings = own().bindings;
  if (auto bound = std::ranges::find_if(bindings, same); bound != bindings.end())
    bound->second = std::move(value);
  else
    bindings.emplace_back(std::move(name), std::move(value));
}

} // namespace vaquero
