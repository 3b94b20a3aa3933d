#include "net/websocket/origin.hpp"

#include "net/http/ascii.hpp"
#include "net/http/url.hpp"

#include <algorithm>
#include <stdexcept>

namespace vaquero {

namespace {

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(), ascii::to_lower);
  return result;
}

std::string_view port_of(std::string_view authority) {
  authority.remove_prefix(host_of(authority).size());
  if (authority.starts_with(':')) authority.remove_prefix(1);
  return authority;
}

std::string_view default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return "80";
  if (scheme == "https" || scheme == "wss") return "443";
  return {};
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

} // namespace

origin_policy::origin_policy(const std::vector<std::string>& entries) {
  for (const auto& entry : entries) {
    if (entry == "*")
      allows_any_ = true;
    else if (entry == "self")
      allows_self_ = true;
    else if (entry == "null")
      allows_null_ = true;
    else
      patterns_.push_back(parse(entry));
  }
}

origin_policy::pattern origin_policy::parse(const std::string& entry) {
  constexpr ascii::char_set scheme_chars{"+-.", true};
  constexpr ascii::char_set host_chars{"-._:[]", true};
  const auto refuse = [&] {
    throw std::invalid_argument{"\"" + entry +
                                "\" is no origin: one is \"self\", \"null\", \"*\", or "
                                "[SCHEME://]HOST[:PORT], where HOST may "
                                "begin with \"*.\" and PORT be \"*\""};
  };
  std::string_view rest = entry;
  pattern result;
  if (const auto end = rest.find("://"); end != rest.npos) {
    result.scheme = lower(rest.substr(0, end));
    if (result.scheme.empty() || !scheme_chars.contains_all(result.scheme)) refuse();
    rest.remove_prefix(end + 3);
  }
  const bool is_below = rest.starts_with("*.");
  if (is_below) rest.remove_prefix(1);
  result.host = lower(host_of(rest));
  result.port = port_of(rest);
  const bool has_port = rest.size() > host_of(rest).size();
  if (result.host.size() <= (is_below ? 1u : 0u) || (!is_below && result.host[0] == '.') ||
      !host_chars.contains_all(result.host))
    refuse();
  if (has_port && result.port != "*" && !is_number(result.port)) refuse();
  return result;
}

bool origin_policy::matches(const pattern& allowed, const pattern& origin) {
  if (!allowed.scheme.empty() && allowed.scheme != origin.scheme) return false;
  const bool is_below = allowed.host.starts_with('.');
  if (is_below ? !origin.host.ends_with(allowed.host) || origin.host.size() == allowed.host.size()
               : origin.host != allowed.host)
    return false;
  if (allowed.port == "*" || (allowed.port.empty() && allowed.scheme.empty())) return true;
  const auto own = default_port(origin.scheme);
  const auto port = [&](const std::string& text) { return text.empty() ? own : text; };
  return port(allowed.port) == port(origin.port);
}

bool origin_policy::allows(std::string_view origin, std::string_view authority) const {
  if (origin.empty() || allows_any_) return true;
  if (origin == "null") return allows_null_;
  const auto end = origin.find("://");
  if (end == origin.npos) return false;
  const auto rest = origin.substr(end + 3);
  const pattern from{lower(origin.substr(0, end)), lower(host_of(rest)),
                     std::string{port_of(rest)}};
  if (allows_self_) {
    // A request does not say its scheme: behind a proxy that ends TLS, ours is not the page's.
    const pattern self{from.scheme, lower(host_of(authority)), std::string{port_of(authority)}};
    if (!self.host.empty() && self.host[0] != '.' && matches(self, from)) return true;
  }
  return std::ranges::any_of(patterns_, [&](const pattern& each) { return matches(each, from); });
}

} // namespace vaquero
