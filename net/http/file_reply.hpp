// What a GET or HEAD for a file is answered: which status, which headers, which of its bytes. It reads
// the request's conditions and ranges (RFC 9110 sections 13 and 14) and opens nothing; but for the random
// boundary of several parts it is pure.
#pragma once

#include "net/http/request.hpp"
#include "net/http/response.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero {

struct file_facts {
  std::uint64_t size = 0;
  std::chrono::sys_seconds modified = {};
  std::string etag = {}; // with its quotes; another one for another content
  std::string_view content_type = {};
};

/// A text, and bytes of the file behind it.
struct file_part {
  std::string lead;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

struct file_reply {
  response head;                // without a body
  std::vector<file_part> parts; // the body, or the one that a HEAD is told the length of

  std::uint64_t size() const;
};

/// 200, 206, 304, 412 or 416. Several ranges are a multipart/byteranges; more than ranges_max of them are
/// sent as the whole file.
file_reply reply_with_file(const request& asked, const file_facts& file);

/// The time that such a text gives, in one of the three forms of RFC 9110 section 5.6.7, of which http_date()
/// writes the first; nothing for any other.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

} // namespace vaquero
