#include "net/http/response.hpp"

#include "net/http/ascii.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <charconv>
#include <cstdio>
#include <stdexcept>

namespace vaquero {

namespace {

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// A response of this status never has content (RFC 9110 sections 15.3.5 and 15.4.5).
bool is_bodiless(unsigned status) { return status == 204 || status == 304; }

void check_response(const response& out) {
  if (out.status < 200 || out.status > 999)
    throw std::invalid_argument("a response's status lies between 200 and 999");
  if (is_bodiless(out.status) && !out.body.empty())
    throw std::invalid_argument("a response of status 204 or 304 has no body");
  for (const auto& [name, value] : out.headers) {
    check_header(name, value);
    if (ascii::iequals(name, "Content-Length") || ascii::iequals(name, "Transfer-Encoding"))
      throw std::invalid_argument("serialise() decides on " + name);
  }
}

} // namespace

response response::text(unsigned status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

response response::html(std::string body) {
  return {200, {{"Content-Type", "text/html; charset=utf-8"}}, std::move(body)};
}

response response::empty(unsigned status) { return {status, {}, {}}; }

std::string_view reason_phrase(unsigned status) {
  namespace http = boost::beast::http;
  std::string_view phrase = http::obsolete_reason(static_cast<http::status>(status));
  return phrase.starts_with('<') ? std::string_view{} : phrase; // "<unknown-status>"
}

void check_header(std::string_view name, std::string_view value) {
  if (!ascii::is_token(name)) throw std::invalid_argument("a header's name is not a token");
  for (char c : value)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 127)
      throw std::invalid_argument("a header's value holds a control character");
}

std::string serialise(const response& out, bool keep_alive, bool head_request,
                      std::string_view date) {
  auto bytes = serialise_head(out, out.body.size(), keep_alive, date);
  if (!head_request) bytes += out.body;
  return bytes;
}

std::string serialise_head(const response& out, std::uint64_t content_length, bool keep_alive,
                           std::string_view date) {
  check_response(out);
  std::string bytes;
  bytes.reserve(256 + out.body.size());
  bytes += "HTTP/1.1 ";
  append_number(bytes, out.status);
  bytes.append(" ").append(reason_phrase(out.status)).append("\r\n");

  std::string connection;
  for (const auto& [name, value] : out.headers) {
    if (ascii::iequals(name, "Connection"))
      connection.append(value).append(", ");
    else
      append_header(bytes, name, value);
    if (ascii::iequals(name, "Date")) date = {};
  }
  append_header(bytes, "Connection", connection + (keep_alive ? "keep-alive" : "close"));
  if (!date.empty()) append_header(bytes, "Date", date);
  if (!is_bodiless(out.status)) {
    bytes += "Content-Length: ";
    append_number(bytes, content_length);
    bytes += "\r\n";
  }
  bytes += "\r\n";
  return bytes;
}

std::string http_date(std::chrono::sys_seconds time) {
  using namespace std::chrono;
  static constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto day = floor<days>(time);
  year_month_day date{day};
  hh_mm_ss clock{time - day};
  std::array<char, 64> text;
  auto size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                            weekdays[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                            months[static_cast<unsigned>(date.month()) - 1],
                            static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
                            static_cast<int>(clock.minutes().count()),
                            static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(size)};
}

} // namespace vaquero
