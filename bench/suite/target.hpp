// Which server is loaded: a ws:// URL, resolved once. A value.
#pragma once

#include <string>
#include <string_view>
#include <sys/socket.h>

namespace vaquero::bench {

struct target {
  std::string url;
  std::string host; // as it stands in the URL, with the port: the Host header
  std::string path; // with the query
  std::uint16_t port = 80;
  sockaddr_storage address{};
  socklen_t address_size = 0;

  bool is_loopback() const;
  /// "127.0.0.1:8080".
  std::string address_text() const;
};

/// Reads ws://HOST[:PORT][/PATH][?QUERY]. Throws std::invalid_argument for anything else, wss:// among it:
/// TLS would be measured along with it. Throws std::runtime_error where the host has no address.
target resolve_target(const std::string& url);

} // namespace vaquero::bench
