#include "net/http/file_reply.hpp"

#include "net/http/ascii.hpp"
#include "net/http/byte_ranges.hpp"

#include <boost/algorithm/hex.hpp>

#include <array>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <sys/random.h>
#include <system_error>
#include <utility>

namespace vaquero {

namespace {

std::string_view strong_part(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  return tag;
}

// RFC 9110 section 5.6.7.
constexpr auto imf_fixdate = "%a, %d %b %Y %H:%M:%S GMT";
constexpr auto rfc850_date = "%A, %d-%b-%y %H:%M:%S GMT";
constexpr auto asctime_date = "%a %b %e %H:%M:%S %Y";

/// What seems to be more than 50 years from now is in the past.
int year_of_two_digits(int year) {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const auto now = static_cast<int>(std::chrono::year_month_day{today}.year());
  year += now / 100 * 100;
  return year > now + 50 ? year - 100 : year;
}

/// Whether the headers of this name, which are one list (RFC 9110 section 5.3), hold the tag or are "*";
/// nothing if there is none.
std::optional<bool> lists_tag(const request& asked, std::string_view name, std::string_view etag,
                              bool weakly) {
  std::optional<bool> found;
  for (auto [key, tags] : asked.headers()) {
    if (!ascii::iequals(key, name)) continue;
    found = found.value_or(false) || ascii::trim(tags) == "*";
    while (!tags.empty() && !*found) {
      const auto tag = ascii::next_part(tags, ',');
      found = (weakly ? strong_part(tag) : tag) == etag;
    }
  }
  return found;
}

/// Whether the content is the one that the client means (RFC 9110 section 13.1.1 before 13.1.4). Weak tags
/// are never equal here.
bool is_expected(const request& asked, const file_facts& file) {
  if (const auto listed = lists_tag(asked, "If-Match", file.etag, false)) return *listed;
  const auto since = asked.header("If-Unmodified-Since");
  const auto time = since ? parse_http_date(*since) : std::nullopt;
  return !time || file.modified <= *time;
}

/// Whether the client has this content already (RFC 9110 section 13.1.2 before 13.1.3).
bool is_unchanged(const request& asked, const file_facts& file) {
  if (const auto listed = lists_tag(asked, "If-None-Match", file.etag, true)) return *listed;
  const auto since = asked.header("If-Modified-Since");
  const auto time = since ? parse_http_date(*since) : std::nullopt;
  return time && file.modified <= *time;
}

/// Whether a range of the content that the client knows is one of ours (RFC 9110 section 13.1.5).
bool is_range_wanted(const request& asked, const file_facts& file) {
  const auto condition = asked.header("If-Range");
  if (!condition) return true;
  if (condition->starts_with('"')) return *condition == file.etag;
  const auto time = parse_http_date(*condition);
  return time && file.modified == *time;
}

std::string content_range(const byte_range& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.begin) + "-" +
         std::to_string(range.begin + range.size - 1) + "/" + std::to_string(size);
}

/// What the file does not hold. Its author must not know it before: he could forge parts.
std::string random_boundary() {
  std::array<unsigned char, 16> bytes;
  if (getentropy(bytes.data(), bytes.size()) != 0)
    throw std::system_error{errno, std::generic_category(), "getentropy"};
  std::string text;
  boost::algorithm::hex_lower(bytes, std::back_inserter(text));
  return text;
}

/// Makes it a multipart/byteranges (RFC 9110 section 14.6).
void send_parts(file_reply& reply, const std::vector<byte_range>& ranges, const file_facts& file) {
  const auto boundary = random_boundary();
  std::string lead = "--" + boundary;
  for (const auto& range : ranges) {
    lead += "\r\nContent-Type: " + std::string{file.content_type} +
            "\r\nContent-Range: " + content_range(range, file.size) + "\r\n\r\n";
    reply.parts.push_back({std::exchange(lead, "\r\n--" + boundary), range.begin, range.size});
  }
  reply.parts.push_back({lead + "--\r\n", 0, 0});
  reply.head.headers.push_back({"Content-Type", "multipart/byteranges; boundary=" + boundary});
}

void send_range(file_reply& reply, const byte_range& range, const file_facts& file) {
  reply.parts = {{{}, range.begin, range.size}};
  reply.head.headers.push_back({"Content-Type", std::string{file.content_type}});
  reply.head.headers.push_back({"Content-Range", content_range(range, file.size)});
}

} // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  for (const char* form : {imf_fixdate, rfc850_date, asctime_date}) {
    const std::string copy{text};
    std::tm parts{};
    const char* end = strptime(copy.c_str(), form, &parts);
    if (!end || end != copy.data() + copy.size()) continue;
    if (form == rfc850_date) parts.tm_year = year_of_two_digits(parts.tm_year % 100) - 1900;
    return std::chrono::sys_seconds{std::chrono::seconds{timegm(&parts)}};
  }
  return std::nullopt;
}

std::uint64_t file_reply::size() const {
  std::uint64_t sum = 0;
  for (const auto& part : parts)
    sum += part.lead.size() + part.size;
  return sum;
}

file_reply reply_with_file(const request& asked, const file_facts& file) {
  file_reply reply{{.status = 200, .headers = {}, .body = {}}, {}};
  auto& headers = reply.head.headers;
  headers = {{"ETag", file.etag}, {"Last-Modified", http_date(file.modified)}};
  if (!is_expected(asked, file)) {
    reply.head.status = 412;
    return reply;
  }
  if (is_unchanged(asked, file)) {
    reply.head.status = 304;
    return reply;
  }
  headers.push_back({"Accept-Ranges", "bytes"});
  headers.push_back({"X-Content-Type-Options", "nosniff"});
  const auto wanted = asked.method() == "GET" ? asked.header("Range") : std::nullopt;
  std::optional<std::vector<byte_range>> ranges;
  if (wanted && is_range_wanted(asked, file)) ranges = requested_ranges(*wanted, file.size);
  if (!ranges) {
    reply.parts = {{{}, 0, file.size}};
    headers.push_back({"Content-Type", std::string{file.content_type}});
    return reply;
  }
  if (ranges->empty()) {
    reply.head.status = 416;
    headers.push_back({"Content-Range", "bytes */" + std::to_string(file.size)});
    return reply;
  }
  reply.head.status = 206;
  // A single one must not be a multipart, and where one is left of several it need not (section 15.3.7.2).
  if (ranges->size() == 1)
    send_range(reply, ranges->front(), file);
  else
    send_parts(reply, *ranges, file);
  return reply;
}

} // namespace vaquero
