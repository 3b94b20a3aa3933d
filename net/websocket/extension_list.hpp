// The header Sec-WebSocket-Extensions, RFC 6455 section 9.1: a list of extensions, each with its
// parameters. What they mean is for others to know.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero {

struct extension_parameter {
  std::string_view name;
  /// A token; a quoted one without its quotes and backslashes.
  std::optional<std::string> value = {};
};

/// One offer. Its views point into the header that it was read from.
struct extension {
  std::string_view name;
  std::vector<extension_parameter> parameters = {};
};

/// In the order of the header; several headers are joined with commas before. Nothing if the
/// grammar is broken, which is a reason to refuse the handshake (RFC 6455 section 9.1).
std::optional<std::vector<extension>> parse_extensions(std::string_view header);

} // namespace vaquero
