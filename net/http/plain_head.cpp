#include "net/http/plain_head.hpp"

#include "net/http/ascii.hpp"

#include <bit>
#include <cstring>

namespace vaquero::detail {

namespace {

constexpr std::uint64_t each_byte(std::uint8_t byte) { return 0x0101010101010101u * byte; }

/// The first control character from `at` on, eight bytes at a time. The NUL behind a string is one, so
/// there always is one, and no loop here has to ask for the end.
const char* find_control(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - at >= 8; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      // A byte's top bit is set if it is below ' ', or is DEL. Borrows make only higher bytes
      // wrong, and the lowest counts.
      auto below_space = (word - each_byte(' ')) & ~word;
      auto del = word ^ each_byte(0x7F);
      del = (del - each_byte(1)) & ~del;
      auto marks = (below_space | del) & each_byte(0x80);
      if (marks != 0) return at + std::countr_zero(marks) / 8;
    }
  }
  while (static_cast<unsigned char>(*at) >= ' ' && *at != 0x7F)
    ++at;
  return at;
}

const char* skip_token(const char* at) {
  while (ascii::token_chars.contains(*at))
    ++at;
  return at;
}

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

/// Reads "GET /path HTTP/1.1" and moves `at` to the next line.
bool read_request_line(const char*& at, const char* end, plain_head& head) {
  auto method_end = skip_token(at);
  head.method = between(at, method_end);
  // CONNECT has no path, but another form of target.
  if (head.method.empty() || head.method == "CONNECT" || *method_end != ' ') return false;
  auto line_end = find_control(method_end, end);
  constexpr std::string_view version = " HTTP/1.1";
  auto rest = between(method_end + 1, line_end);
  if (!rest.starts_with('/') || !rest.ends_with(version)) return false;
  if (line_end[0] != '\r' || line_end[1] != '\n') return false;
  head.target = rest.substr(0, rest.size() - version.size());
  at = line_end + 2;
  return head.target.find(' ') == std::string_view::npos;
}

/// Takes note of the headers that decide on framing and routing. False: Beast has to judge.
bool note_header(std::string_view name, std::string_view value, plain_head& head) {
  switch (name.size()) {
    case 4:
      if (!ascii::iequals(name, "Host")) return true;
      if (head.host.data() != nullptr) return false;
      head.host = value;
      return true;
    case 6: return !ascii::iequals(name, "Expect");
    case 10:
      if (!ascii::iequals(name, "Connection")) return true;
      while (!value.empty()) {
        auto option = ascii::next_part(value, ',');
        if (!ascii::is_token(option)) return false;
        if (ascii::iequals(option, "close")) head.keep_alive = false;
      }
      return true;
    case 14: return !ascii::iequals(name, "Content-Length");
    case 16: return !ascii::iequals(name, "Proxy-Connection");
    case 17: return !ascii::iequals(name, "Transfer-Encoding");
    default: return true;
  }
}

} // namespace

std::optional<plain_head> read_plain_head(const std::string& text, const http_limits& limits,
                                          std::vector<header_place>& headers) {
  auto base = text.data();
  auto end = base + text.size();
  auto at = base;
  plain_head head;
  if (!read_request_line(at, end, head)) return std::nullopt;
  if (at - base - 2 > limits.max_request_line) return std::nullopt;
  while (*at != '\r') {
    auto name = between(at, skip_token(at));
    auto value_begin = name.data() + name.size();
    if (name.empty() || *value_begin != ':') return std::nullopt;
    auto line_end = find_control(value_begin, end);
    if (line_end[0] != '\r' || line_end[1] != '\n') return std::nullopt;
    auto value = ascii::trim(between(value_begin + 1, line_end));
    if (value.size() > limits.max_header_value || !note_header(name, value, head))
      return std::nullopt;
    headers.push_back({static_cast<std::uint32_t>(name.data() - base),
                       static_cast<std::uint32_t>(name.size()),
                       static_cast<std::uint32_t>(value.data() - base),
                       static_cast<std::uint32_t>(value.size())});
    at = line_end + 2;
  }
  head.size = static_cast<std::size_t>(at - base) + 2;
  bool valid = at[1] == '\n' && head.host.data() != nullptr &&
               head.size <= limits.max_header_bytes && headers.size() <= limits.max_headers;
  return valid ? std::optional(head) : std::nullopt;
}

} // namespace vaquero::detail
