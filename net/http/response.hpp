// One HTTP response, as a value, and its way to bytes. No thread and lifetime rules: it owns what
// it holds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero {

struct header_field {
  std::string name;
  std::string value;

  bool operator==(const header_field&) const = default;
};

struct response {
  unsigned status = 200;
  std::vector<header_field> headers;
  std::string body;

  /// With Content-Type "text/plain; charset=utf-8".
  static response text(unsigned status, std::string body);
  /// A 200 with Content-Type "text/html; charset=utf-8".
  static response html(std::string body);
  /// Without a body.
  static response empty(unsigned status);
};

/// The reason phrase of RFC 9110 section 15 and the IANA registry: "Not Found"; empty for a status
/// without one.
std::string_view reason_phrase(unsigned status);

/// The bytes of a response: status line, headers, body. Adds Content-Length (but for 204 and 304),
/// Connection, to whose value the response's own Connection headers are joined, and Date if `date`
/// is given and the response has none. For a HEAD request the length is the body's and the body is
/// left out. It does not read the clock: `date` comes from http_date(), which a server needs to
/// call once a second. Throws std::invalid_argument for what only a programmer can do wrong: a
/// status outside 200-999, a body with 204 or 304, a malformed header, CR, LF or NUL in a value,
/// and Content-Length or Transfer-Encoding among the headers.
std::string serialise(const response& out, bool keep_alive, bool head_request = false,
                      std::string_view date = {});

/// The same without the body, whose length is given: it is sent by other means.
std::string serialise_head(const response& out, std::uint64_t content_length, bool keep_alive,
                           std::string_view date = {});

/// "Sun, 06 Nov 1994 08:49:37 GMT": RFC 9110 section 5.6.7.
std::string http_date(std::chrono::sys_seconds time);

/// Throws std::invalid_argument unless the name is a token and the value holds no control
/// characters but tabs. What would let a value end its header and begin another (response
/// splitting) is refused here.
void check_header(std::string_view name, std::string_view value);

} // namespace vaquero
