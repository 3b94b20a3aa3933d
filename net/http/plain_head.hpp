// A quick way to read the heads that nearly every client sends: HTTP/1.1, a path as target, no
// body, no tabs. It accepts a strict part of what Beast accepts and never judges what it does not
// accept: that is Beast's (head_reader.cpp). Beast takes 14 instructions a byte of a head and this
// takes 4, which is a fifth of a handshake.
#pragma once

#include "net/http/request.hpp"
#include "net/http/request_parser.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero::detail {

/// The parts of a plain head, as views into the text that was read.
struct plain_head {
  std::string_view method;
  std::string_view target;
  std::string_view host; ///< the only Host header's value
  bool keep_alive = true;
};

/// Reads the head that lies in `storage` from `begin` to the end, and appends the places of its
/// headers. Precondition: it ends with an empty line. Nothing if it is not plain; `headers` then
/// holds what came before.
std::optional<plain_head> read_plain_head(const std::string& storage, std::size_t begin,
                                          const http_limits& limits,
                                          std::vector<header_place>& headers);

} // namespace vaquero::detail
