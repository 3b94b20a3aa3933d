#include "net/http/byte_ranges.hpp"

#include "net/http/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace vaquero {

namespace {

/// What does not fit is larger than any file (RFC 9110 section 14.1.2).
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || rest != end) return std::nullopt;
  return error == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

/// One element of the list. An empty range: it is not satisfiable.
std::optional<byte_range> read_range(std::string_view text, std::uint64_t size) {
  const auto dash = text.find('-');
  if (dash == text.npos) return std::nullopt;
  const auto first = number(text.substr(0, dash));
  const auto last = number(text.substr(dash + 1));
  if (dash == 0) { // the last so many
    if (!last) return std::nullopt;
    const auto count = std::min(*last, size);
    return byte_range{size - count, count};
  }
  if (!first || (!last && dash + 1 != text.size()) || (last && *last < *first)) return std::nullopt;
  if (*first >= size) return byte_range{};
  return byte_range{*first, std::min(last.value_or(size - 1), size - 1) - *first + 1};
}

bool touch(const byte_range& a, const byte_range& b) {
  return a.begin <= b.begin + b.size && b.begin <= a.begin + a.size;
}

/// Puts it behind the others; or, with all that it touches, in the place of the first of those.
void add_range(std::vector<byte_range>& into, byte_range added) {
  auto place = into.size();
  for (std::size_t i = 0; i < into.size();) {
    const auto each = into[i];
    if (!touch(each, added)) {
      ++i;
      continue;
    }
    const auto end = std::max(each.begin + each.size, added.begin + added.size);
    added.begin = std::min(each.begin, added.begin);
    added.size = end - added.begin;
    into.erase(into.begin() + static_cast<std::ptrdiff_t>(i));
    place = std::min(place, i);
    i = 0; // what it has grown by may touch another
  }
  into.insert(into.begin() + static_cast<std::ptrdiff_t>(std::min(place, into.size())), added);
}

} // namespace

std::optional<std::vector<byte_range>> requested_ranges(std::string_view header,
                                                        std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (header.size() < unit.size() || !ascii::iequals(header.substr(0, unit.size()), unit))
    return std::nullopt;
  header.remove_prefix(unit.size());
  std::vector<byte_range> ranges;
  std::size_t read = 0;
  while (!header.empty()) {
    const auto text = ascii::next_part(header, ',');
    if (text.empty()) continue; // empty elements are skipped (RFC 9110 section 5.6.1.2)
    const auto range = read_range(text, size);
    if (!range || ++read > ranges_max) return std::nullopt;
    if (range->size != 0) add_range(ranges, *range);
  }
  if (read == 0) return std::nullopt;
  return ranges;
}

} // namespace vaquero
