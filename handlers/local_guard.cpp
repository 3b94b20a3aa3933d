#include "handlers/local_guard.hpp"

#include "net/http/ascii.hpp"
#include "net/socket.hpp"
#include "net/websocket/origin.hpp"

namespace vaquero {

request_source source_of(const request& from) {
  if (!is_loopback(from.peer().ip)) return request_source::other_machine;
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
    case request_source::proxy: return response::text(403, "not through a proxy\n");
    case request_source::other_page: break;
  }
  return response::text(403, "pages of this origin may not ask\n");
}

} // namespace vaquero
