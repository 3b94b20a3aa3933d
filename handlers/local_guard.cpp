#include "handlers/local_guard.hpp"

#include "net/http/ascii.hpp"
#include "net/socket.hpp"
#include "net/websocket/origin.hpp"

#include <boost/asio/ip/address.hpp>

#include <string>

namespace vaquero {

namespace {

/// A literal address, not a name that begins like one.
bool is_loopback_host(std::string_view host) {
  if (ascii::iequals(host, "localhost")) return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string{host}, error);
  return !error && address.is_loopback();
}

} // namespace

// A page's own host may be a name that leads here only since the page was loaded: its requests come from this
// machine then, and with an Origin of the host that they ask.
request_source source_of(const request& from) {
  if (!is_loopback(from.peer().ip)) return request_source::other_machine;
  if (!is_loopback_host(from.host())) return request_source::other_host;
  const origin_policy own_pages;
  for (const auto [name, value] : from.headers()) {
    if (ascii::iequals(name, "Forwarded") || ascii::iequals(name.substr(0, 12), "X-Forwarded-"))
      return request_source::proxy;
    if (ascii::iequals(name, "Origin") &&
        (value.empty() || !own_pages.allows(value, from.authority())))
      return request_source::other_page;
  }
  return request_source::this_machine;
}

std::optional<response> refuse_unless_local(const request& from) {
  switch (source_of(from)) {
    case request_source::this_machine: return std::nullopt;
    case request_source::other_machine: return response::text(403, "for this machine only\n");
    case request_source::other_host:
      return response::text(403, "for localhost only, by this name or its address\n");
    case request_source::proxy: return response::text(403, "not through a proxy\n");
    case request_source::other_page: break;
  }
  return response::text(403, "pages of this origin may not ask\n");
}

} // namespace vaquero
