#include "net/router.hpp"

#include "net/http/ascii.hpp"

#include <stdexcept>

namespace vaquero {

std::string route_name(const route_at& at) { return at.host == "_" ? at.path : at.host + at.path; }

void router::add(const route_at& at, target to) {
  table_.add(at.host, at.path, at.constraints);
  targets_.push_back(std::move(to));
}

void router::add_handler(const route_at& at, std::shared_ptr<const handler_type> type) {
  for (const auto& each : at.subprotocols)
    if (!ascii::is_token(each))
      throw std::invalid_argument{"\"" + each +
                                  "\" is no subprotocol: one is a token, such as \"mqtt\""};
  add(at, websocket{type, at.subprotocols, origin_policy{at.origins}});
  types_.push_back(std::move(type));
}

void router::add_page(const route_at& at, page answer) { add(at, std::move(answer)); }

void router::add_page(const route_at& at, slow_page answer) { add(at, std::move(answer)); }

void router::add_files(route_at at, const std::string& folder) {
  if (!at.path.ends_with("[...]")) at.path += at.path.ends_with('/') ? "[...]" : "/[...]";
  add(at, static_files{folder});
}

router::result router::find(request& wanted) const {
  const auto host = table_.tells_hosts() ? wanted.host() : std::string_view{};
  auto found = table_.find(host, wanted.raw_path());
  if (found.is == route_result::kind::bad_request) return {nullptr, 400};
  if (found.is == route_result::kind::not_found) return {nullptr, 404};
  for (auto& [name, value] : found.bindings)
    wanted.set_binding(std::move(name), std::move(value));
  if (found.path_info) wanted.set_path_info(std::move(*found.path_info));
  if (found.host_info) wanted.set_host_info(std::move(*found.host_info));
  return {&targets_[found.route]};
}

} // namespace vaquero
