// What the HTTP tests share: feeding a parser whole or byte by byte.
#pragma once

#include "net/http/request_parser.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vaquero::test {

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// What became of a parser that was fed a text.
struct parsed {
  parse_result result;
  std::optional<request> value; // if complete
  std::size_t left = 0;         // bytes that the parser did not consume
};

inline parsed parse(std::string_view text, const http_limits& limits = {}) {
  request_parser parser(limits);
  auto input = bytes_of(text);
  parsed out{.result = parser.feed(input), .value = {}, .left = input.size()};
  if (out.result.is == parse_result::state::complete) out.value = parser.take();
  return out;
}

/// The same in pieces of `step` bytes, each from memory of its own size, so that a sanitizer sees a
/// read beyond it.
inline parsed parse_in_steps(std::string_view text, std::size_t step,
                             const http_limits& limits = {}) {
  request_parser parser(limits);
  parsed out;
  while (!text.empty() && out.result.is == parse_result::state::need_more) {
    std::vector<std::byte> piece(bytes_of(text.substr(0, step)).begin(),
                                 bytes_of(text.substr(0, step)).end());
    std::span<const std::byte> input = piece;
    out.result = parser.feed(input);
    text.remove_prefix(piece.size() - input.size());
  }
  out.left = text.size();
  if (out.result.is == parse_result::state::complete) out.value = parser.take();
  return out;
}

/// The request of a text that is known to be one.
inline request request_of(std::string_view text) { return std::move(parse(text).value.value()); }

/// The status of the answer to a text, or 0 if it is no error.
inline unsigned status_of(std::string_view text, const http_limits& limits = {}) {
  return parse(text, limits).result.status;
}

} // namespace vaquero::test
