// Where a request comes from, for what is not meant for a network: programs on this machine may ask, and the
// pages of this server in a browser there. Any thread.
#pragma once

#include "net/http/request.hpp"
#include "net/http/response.hpp"

#include <cstdint>
#include <optional>

namespace vaquero {

enum class request_source : std::uint8_t {
  this_machine,
  other_machine, // the peer is no loopback address
  other_host,    // the Host names another than localhost or a loopback address
  proxy,         // which says so, with Forwarded or X-Forwarded-*, and asks for whom we do not know
  other_page,    // the Origin, if there is one, is not that of the host which is asked
};

request_source source_of(const request& from);

/// Nothing for this machine, else a 403.
std::optional<response> refuse_unless_local(const request& from);

} // namespace vaquero
