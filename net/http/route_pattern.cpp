#include "net/http/route_pattern.hpp"

#include "net/http/ascii.hpp"

#include <algorithm>
#include <stdexcept>

namespace vaquero {

namespace {

using segment = route_form::segment;

// Each optional part beside another doubles them; nobody writes six.
constexpr std::size_t forms_max = 64;
constexpr std::size_t nesting_max = 16;

constexpr ascii::char_set name_chars{"_-", true};
constexpr std::string_view rest_mark = "[...]";

/// A segment, or an optional part of several.
struct part {
  segment one = {};
  std::vector<part> optional = {};
};

class pattern_parser {
 public:
  pattern_parser(pattern_kind kind, std::string_view text)
      : kind_(kind), separator_(kind == pattern_kind::host ? '.' : '/'), text_(text) {}

  std::vector<part> parse() {
    if (text_.empty()) fail(0, "it is empty");
    if (kind_ == pattern_kind::path && !text_.starts_with('/'))
      fail(0, "it does not begin with \"/\"");
    return parts_until_end(0);
  }

  [[noreturn]] void fail(std::size_t at, const std::string& what) const {
    const bool is_host = kind_ == pattern_kind::host;
    throw std::invalid_argument{(is_host ? "the host \"" : "the path \"") + std::string{text_} +
                                "\" is no pattern: at character " + std::to_string(at + 1) + ", " +
                                what};
  }

 private:
  std::vector<part> parts_until_end(std::size_t depth) {
    const auto opened = at_;
    std::vector<part> parts;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ']' && depth == 0) fail(at_, "there is no \"[\" for this \"]\"");
      if (c == ']') return parts;
      if (c == separator_) {
        ++at_;
        is_segment_start_ = true;
      } else if (text_.substr(at_).starts_with(rest_mark)) {
        parts.push_back({read_rest()});
      } else if (c == '[') {
        parts.push_back({{}, read_optional(depth + 1)});
      } else {
        parts.push_back({read_segment()});
      }
    }
    if (depth > 0) fail(opened - 1, "this \"[\" is not closed");
    return parts;
  }

  std::vector<part> read_optional(std::size_t depth) {
    const bool begins_segment = at_ + 1 < text_.size() && text_[at_ + 1] == separator_;
    if (!is_segment_start_ && !begins_segment)
      fail(at_, "an optional part begins inside a segment");
    if (depth > nesting_max) fail(at_, "the optional parts are nested too deep");
    const auto opened = at_++;
    auto parts = parts_until_end(depth);
    if (parts.empty()) fail(opened, "the optional part is empty");
    is_segment_start_ = text_[at_ - 1] == separator_;
    ++at_; // the ']'
    return parts;
  }

  segment read_rest() {
    const auto before = text_.substr(0, at_);
    const auto after = text_.substr(at_ + rest_mark.size());
    const bool is_host = kind_ == pattern_kind::host;
    if (!is_segment_start_) fail(at_, "\"[...]\" begins inside a segment");
    if (is_host && before.find_first_not_of('[') != before.npos)
      fail(at_, "\"[...]\" stands at the beginning of a host only");
    if (!is_host && after.find_first_not_of(']') != after.npos)
      fail(at_, "\"[...]\" stands at the end of a path only");
    at_ += rest_mark.size();
    return {segment::kind::rest};
  }

  segment read_segment() {
    if (!is_segment_start_) fail(at_, "an optional part ends inside a segment");
    const auto begin = at_;
    while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '[' && text_[at_] != ']')
      ++at_;
    is_segment_start_ = false;
    auto text = text_.substr(begin, at_ - begin);
    if (!text.starts_with(':')) return {segment::kind::literal, literal(text)};
    text.remove_prefix(1);
    if (text.empty()) fail(begin, "the name behind \":\" is missing");
    if (!name_chars.contains_all(text))
      fail(begin, "a name holds letters, digits, \"_\" and \"-\" only");
    if (text == "_") return {segment::kind::ignored};
    return {segment::kind::binding, std::string{text}};
  }

  std::string literal(std::string_view text) const {
    std::string result{text};
    if (kind_ == pattern_kind::host)
      std::ranges::transform(result, result.begin(), ascii::to_lower);
    return result;
  }

  pattern_kind kind_;
  char separator_;
  std::string_view text_;
  std::size_t at_ = 0;
  bool is_segment_start_ = true;
};

using segments = std::vector<segment>;

std::vector<segments> joined(const std::vector<segments>& fronts,
                             const std::vector<segments>& backs) {
  std::vector<segments> result;
  for (const auto& front : fronts)
    for (const auto& back : backs) {
      result.push_back(front);
      result.back().insert(result.back().end(), back.begin(), back.end());
    }
  return result;
}

std::vector<segments> forms_of(const std::vector<part>& parts, const pattern_parser& parser) {
  std::vector<segments> forms{{}};
  for (const auto& each : parts) {
    std::vector<segments> choices{{each.one}};
    if (!each.optional.empty()) {
      choices = forms_of(each.optional, parser);
      choices.emplace_back();
    }
    if (forms.size() * choices.size() > forms_max)
      parser.fail(0, "its optional parts make more than " + std::to_string(forms_max) + " forms");
    forms = joined(forms, choices);
  }
  return forms;
}

/// Bound to this already, or bound now.
bool bind(const std::string& name, std::string_view value, route_bindings& bound) {
  for (const auto& [known, its_value] : bound)
    if (known == name) return its_value == value;
  bound.emplace_back(name, value);
  return true;
}

} // namespace

bool route_form::binds(std::string_view name) const {
  return std::ranges::any_of(segments_, [&](const segment& each) {
    return each.is == segment::kind::binding && each.text == name;
  });
}

std::optional<std::string> route_form::literal_path() const {
  if (is_ != kind::segments) return std::nullopt;
  std::string path;
  for (const auto& each : segments_) {
    if (each.is != segment::kind::literal) return std::nullopt;
    path += '/' + each.text;
  }
  return path.empty() ? "/" : path;
}

bool route_form::match(std::span<const std::string_view> parts, route_bindings& bound,
                       std::optional<std::span<const std::string_view>>& rest) const {
  if (is_ != kind::segments) return is_ == kind::any;
  std::size_t i = 0;
  for (const auto& want : segments_) {
    if (want.is == segment::kind::rest) {
      rest = parts.subspan(i);
      return true;
    }
    if (i == parts.size()) return false;
    const auto got = parts[i++];
    if (want.is == segment::kind::literal && want.text != got) return false;
    if (want.is == segment::kind::binding && !bind(want.text, got, bound)) return false;
  }
  return i == parts.size();
}

std::vector<route_form> parse_route_pattern(pattern_kind kind, std::string_view text) {
  if (text == "_") return {route_form{route_form::kind::any}};
  if (kind == pattern_kind::path && text == "*") return {route_form{route_form::kind::asterisk}};
  pattern_parser parser{kind, text};
  std::vector<route_form> result;
  for (auto& form : forms_of(parser.parse(), parser)) {
    if (kind == pattern_kind::host) std::ranges::reverse(form);
    result.emplace_back(std::move(form));
  }
  return result;
}

} // namespace vaquero
