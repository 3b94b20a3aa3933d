#include "net/http/url.hpp"

#include "net/http/ascii.hpp"

namespace vaquero {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = ascii::to_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The byte that the escape at `position` stands for, or -1 if it is malformed.
int escaped_byte(std::string_view text, std::size_t position) {
  if (position + 2 >= text.size()) return -1;
  int high = hex_digit(text[position + 1]);
  int low = hex_digit(text[position + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Moves the authority from the front of `target` to `parts`; false if it does not begin with a
/// scheme of ours.
bool split_absolute(std::string_view& target, target_parts& parts) {
  auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return false;
  auto scheme = target.substr(0, scheme_end);
  bool known = false;
  for (std::string_view ours : {"http", "https", "ws", "wss"})
    known |= ascii::iequals(scheme, ours);
  if (!known) return false;
  auto slash = target.substr(scheme_end + 1, 1);
  target.remove_prefix(scheme_end + 3);
  parts.authority = target.substr(0, target.find_first_of("/?"));
  target.remove_prefix(parts.authority.size());
  // "http://host" and "http://host?query" mean the root; every part is a view into the target, so
  // this one is too.
  if (!target.starts_with('/')) parts.path = slash;
  return !parts.authority.empty() && parts.authority.find('@') == std::string_view::npos;
}

} // namespace

std::optional<target_parts> split_target(std::string_view method, std::string_view target) {
  if (target.find('#') != std::string_view::npos) return std::nullopt;
  if (method == "CONNECT") {
    if (target.find_first_of("/?@") != std::string_view::npos) return std::nullopt;
    return target_parts{.authority = target, .path = {}, .query = {}};
  }
  if (target == "*") {
    if (method != "OPTIONS") return std::nullopt;
    return target_parts{.authority = {}, .path = target, .query = {}};
  }
  target_parts parts;
  if (!target.starts_with('/') && !split_absolute(target, parts)) return std::nullopt;
  auto question = target.find('?');
  if (parts.path.empty()) parts.path = target.substr(0, question);
  if (question != std::string_view::npos) parts.query = target.substr(question + 1);
  return parts;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int byte = escaped_byte(text, i);
    if (byte < 0) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

bool append_decoded_path(std::string& out, std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out += path[i];
      continue;
    }
    int byte = escaped_byte(path, i);
    if (byte <= 0) return false;
    if (byte == '/')
      out += path.substr(i, 3);
    else
      out += static_cast<char>(byte);
    i += 2;
  }
  return true;
}

std::string form_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    int byte = text[i] == '%' ? escaped_byte(text, i) : -1;
    if (byte >= 0) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string_view host_of(std::string_view authority) {
  auto colon = authority.rfind(':');
  auto bracket = authority.rfind(']');
  if (colon == std::string_view::npos) return authority;
  if (bracket != std::string_view::npos && colon < bracket)
    return authority; // a colon of the IPv6 address
  return authority.substr(0, colon);
}

} // namespace vaquero
