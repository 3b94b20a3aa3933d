// Who may publish over HTTP: with a token, whoever brings it; without one, programs on this machine, and the
// pages of this server in a browser there. Any thread.
#pragma once

#include "net/http/request.hpp"
#include "net/http/response.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace vaquero {

/// Bytes of a token; it has to fit a header.
constexpr std::size_t publish_token_bytes_max = 1024;

class publish_guard {
 public:
  /// From now on; empty: none.
  void use_token(std::string token);

  /// Nothing if the request may publish. With a token: 401 unless it stands there as RFC 6750 has it,
  /// `Authorization: Bearer TOKEN`; how long that takes does not tell how much of it is right. Without one:
  /// 403 unless the peer is a loopback address, the host that is asked is `localhost` or such an address, no
  /// proxy stands between, and the Origin, if there is one, is that of this host.
  std::optional<response> refuse(const request& from) const;

 private:
  mutable std::mutex mutex_;
  std::string token_;
};

/// A file's content, without a line end behind it. Throws std::invalid_argument, with what is allowed, for
/// a file that cannot be read, that everybody on this machine may read or write, or that holds no token:
/// letters, digits, "-._~+/", and "=" at its end.
std::string read_publish_token(const std::string& file);

} // namespace vaquero
