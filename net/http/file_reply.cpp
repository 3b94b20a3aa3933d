#include "net/http/file_reply.hpp"

#include "net/http/ascii.hpp"

#include <charconv>
#include <ctime>

namespace vaquero {

namespace {

struct byte_range {
  enum class kind : std::uint8_t { none, one, unsatisfiable };
  kind is = kind::none;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || rest != end || error != std::errc{}) return std::nullopt;
  return value;
}

/// "bytes=0-99", "bytes=100-", "bytes=-100"; what is malformed or of several ranges counts for nothing.
byte_range parse_range(std::string_view text, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (text.size() < unit.size() || !ascii::iequals(text.substr(0, unit.size()), unit)) return {};
  text = ascii::trim(text.substr(unit.size()));
  const auto dash = text.find('-');
  if (dash == text.npos) return {};
  const auto first = number(text.substr(0, dash));
  const auto last = number(text.substr(dash + 1));
  const byte_range unsatisfiable{byte_range::kind::unsatisfiable};
  if (dash == 0) { // the last so many
    if (!last) return {};
    if (*last == 0 || size == 0) return unsatisfiable;
    const auto count = std::min(*last, size);
    return {byte_range::kind::one, size - count, count};
  }
  if (!first || (!last && dash + 1 != text.size()) || (last && *last < *first)) return {};
  if (*first >= size) return unsatisfiable;
  const auto end = last ? std::min(*last, size - 1) : size - 1;
  return {byte_range::kind::one, *first, end - *first + 1};
}

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

file_reply reply_with_file(const request& asked, const file_facts& file) {
  file_reply reply{{.status = 200, .headers = {}, .body = {}}, 0, file.size};
  auto& headers = reply.head.headers;
  headers = {{"ETag", file.etag}, {"Last-Modified", http_date(file.modified)}};
  if (!is_expected(asked, file))
    return {{.status = 412, .headers = std::move(headers), .body = {}}, 0, 0};
  if (is_unchanged(asked, file)) {
    reply.head.status = 304;
    reply.size = 0;
    return reply;
  }
  headers.push_back({"Accept-Ranges", "bytes"});
  headers.push_back({"X-Content-Type-Options", "nosniff"});
  const auto wanted = asked.method() == "GET" ? asked.header("Range") : std::nullopt;
  byte_range range;
  if (wanted && is_range_wanted(asked, file)) range = parse_range(*wanted, file.size);
  const auto total = "/" + std::to_string(file.size);
  if (range.is == byte_range::kind::unsatisfiable) {
    headers.push_back({"Content-Range", "bytes *" + total});
    return {{.status = 416, .headers = std::move(headers), .body = {}}, 0, 0};
  }
  headers.push_back({"Content-Type", std::string{file.content_type}});
  if (range.is == byte_range::kind::none) return reply;
  reply.head.status = 206;
  reply.begin = range.begin;
  reply.size = range.size;
  headers.push_back({"Content-Range", "bytes " + std::to_string(range.begin) + "-" +
                                          std::to_string(range.begin + range.size - 1) + total});
  return reply;
}

} // namespace vaquero
