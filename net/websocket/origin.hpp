// Which web pages may connect. A browser sends the origin of the page that opens a WebSocket, and cookies
// with it, and asks no further: a server that lets any page connect lets it act in its visitors' names.
// A value without I/O. Clients that are no browsers send no origin, or whatever they like.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vaquero {

/// A list of the origins that are allowed. Each entry is one of
///   "self"                     the host, and port, that the request itself names
///   "https://example.org"      that scheme, host and port: the scheme's own where none is given
///   "https://*.example.org"    every host below that one; "example.org:*" every port
///   "example.org"              with any scheme, and any port where none is given
///   "null"                     pages without an origin, such as files and sandboxed frames
///   "*"                        any page at all
class origin_policy {
 public:
  /// "self" alone.
  origin_policy() : origin_policy(std::vector<std::string>{"self"}) {}

  /// Throws std::invalid_argument, with what is allowed, for a text that is no entry.
  explicit origin_policy(const std::vector<std::string>& entries);

  /// An empty origin is allowed: it says that there is no page. `authority` is the request's own host,
  /// with its port if that was named.
  bool allows(std::string_view origin, std::string_view authority) const;

 private:
  struct pattern {
    std::string scheme; // empty: any
    std::string host;   // without the "*" of "*.example.org", that is with a dot in front
    std::string port;   // empty: the scheme's own, or any if there is no scheme; "*": any
  };

  static pattern parse(const std::string& entry);
  static bool matches(const pattern& allowed, const pattern& origin);

  std::vector<pattern> patterns_;
  bool allows_self_ = false;
  bool allows_null_ = false;
  bool allows_any_ = false;
};

} // namespace vaquero
