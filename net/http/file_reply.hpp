// What a GET or HEAD for a file is answered: which status, which headers, which of its bytes. Pure: it
// reads the request's conditions and ranges (RFC 9110 sections 13 and 14) and opens nothing.
#pragma once

#include "net/http/request.hpp"
#include "net/http/response.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace vaquero {

struct file_facts {
  std::uint64_t size = 0;
  std::chrono::sys_seconds modified = {};
  std::string etag = {}; // with its quotes; another one for another content
  std::string_view content_type = {};
};

struct file_reply {
  response head; // without a body
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

/// 200, 206 (one range), 304, 412 or 416. What a list of several ranges asks for is sent whole, as RFC 9110
/// section 14.2 allows: many small ones would cost us more than they save.
file_reply reply_with_file(const request& asked, const file_facts& file);

/// The time that such a text gives, in one of the three forms of RFC 9110 section 5.6.7, of which http_date()
/// writes the first; nothing for any other.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

} // namespace vaquero
