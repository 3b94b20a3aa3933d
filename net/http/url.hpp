// The parts of a request target (RFC 9112 section 3.2) and the two ways in which URLs escape bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vaquero {

/// Where the parts of a request target lie: views into it, still escaped.
struct target_parts {
  std::string_view authority; ///< empty in origin-form: the Host header holds it
  std::string_view path;      ///< begins with '/', or is "*"; empty for CONNECT
  std::string_view query;     ///< without the '?'
};

/// Takes the target apart: origin-form ("/chat?room=1"), absolute-form ("http://host/chat"), "*"
/// for OPTIONS only and "host:port" for CONNECT only. Nothing if it is none of them, or holds a
/// fragment.
std::optional<target_parts> split_target(std::string_view method, std::string_view target);

/// Decodes every %XX. Nothing if a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

/// Appends the decoded path to `out`, and leaves "%2F" as it is: a decoded slash would change what
/// the segments are. False if an escape is malformed or stands for a NUL, which no path holds and C
/// strings end at.
bool append_decoded_path(std::string& out, std::string_view path);

/// Decodes a name or value of a query: '+' is a space, and a malformed escape stands for itself, as
/// in the URL standard's parser of application/x-www-form-urlencoded.
std::string form_decode(std::string_view text);

/// The authority without its port: "example.org" of "example.org:8080", "[::1]" of "[::1]:80".
std::string_view host_of(std::string_view authority);

} // namespace vaquero
