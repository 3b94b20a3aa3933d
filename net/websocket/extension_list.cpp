#include "net/websocket/extension_list.hpp"

#include "net/http/ascii.hpp"

namespace vaquero {

namespace {

/// Reads from the front. Each `take_` skips the spaces before what it looks for.
class reader {
 public:
  explicit reader(std::string_view text) : rest_(text) {}

  bool at_end() {
    skip_spaces();
    return rest_.empty();
  }

  bool take_char(char wanted) {
    skip_spaces();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Empty if there is none.
  std::string_view take_token() {
    skip_spaces();
    std::size_t size = 0;
    while (size < rest_.size() && ascii::token_chars.contains(rest_[size]))
      ++size;
    auto token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return token;
  }

  /// What stands behind an equals sign. Unescaped, a quoted value has to be a token too.
  std::optional<std::string> take_value() {
    std::string value;
    if (take_char('"')) {
      if (!take_quoted(value) || !ascii::is_token(value)) return {};
    } else {
      value = take_token();
      if (value.empty()) return {};
    }
    return value;
  }

 private:
  bool take_quoted(std::string& into) {
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c == '\\') {
        if (rest_.empty()) return false;
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      into += c;
    }
    return false;
  }

  void skip_spaces() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

std::optional<extension> take_extension(reader& from) {
  extension one{.name = from.take_token()};
  if (one.name.empty()) return {};
  while (from.take_char(';')) {
    extension_parameter parameter{.name = from.take_token()};
    if (parameter.name.empty()) return {};
    if (from.take_char('=')) {
      parameter.value = from.take_value();
      if (!parameter.value) return {};
    }
    one.parameters.push_back(std::move(parameter));
  }
  return one;
}

} // namespace

std::optional<std::vector<extension>> parse_extensions(std::string_view header) {
  std::vector<extension> list;
  reader from(header);
  while (!from.at_end()) {
    if (from.take_char(',')) continue; // empty elements are skipped (RFC 9110 section 5.6.1.2)
    auto one = take_extension(from);
    if (!one || (!from.at_end() && !from.take_char(','))) return {};
    list.push_back(std::move(*one));
  }
  return list;
}

} // namespace vaquero
