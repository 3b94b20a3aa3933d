// Configuration written back as text, from the same tables that read it.
#include "server/config_keys.hpp"

namespace vaquero {

namespace {

template <class Options>
std::string lines_of(const config_table<Options>& keys, const Options& from, bool with_docs,
                     std::string_view mark = "") {
  std::string text;
  for (const auto& key : keys) {
    if (with_docs) text.append(mark).append("# ").append(key.doc).append("\n");
    text.append(mark).append(key.name).append(" = ").append(key.write(from)).append("\n");
  }
  return text;
}

constexpr auto head = R"(# Every key of vaquero's configuration, with its default.
# Times are "500ms", "60s", "5m", "1h" or "infinity". SIGHUP reads the file again: the log and the
# token at once; routes, their options and static folders for new connections. The rest takes a
# restart.
)";

constexpr auto static_head = R"(
# Files of a folder, below a path:
# [[static]]
)";

} // namespace

std::string default_config(const handler_registry& handlers) {
  const config defaults;
  const listen_address listener{defaults.server.listen.at(0).address, listen_backlog};
  route_config route;
  route.at.path = "/" + (handlers.empty() ? "" : handlers[0].name);
  route.handler = handlers.empty() ? "" : handlers[0].name;
  folder_config folder;
  folder.path = "/files";
  folder.folder = "/srv/files";
  return head + std::string{"\n[server]\n"} + lines_of(server_keys(), defaults.server, true) +
         "\n[limits]\n" + lines_of(limit_keys(), defaults.server, true) + "\n[log]\n" +
         lines_of(log_keys(), defaults.log, true) + "\n[publish]\n" +
         lines_of(publish_keys(), defaults.publish, true) + "\n[status]\n" +
         lines_of(status_keys(), defaults.status, true) + "\n[[listener]]\n" +
         lines_of(listener_keys(), listener, true) + "\n[[route]]\n" +
         lines_of(route_keys(), route, true) +
         "# what names must be bound to (\"int\", \"nonempty\", or a list of them)\n"
         "constraints = {}\n\n[route.options]\n" +
         lines_of(route_option_keys(), route, true) + static_head +
         lines_of(folder_keys(), folder, true, "# ");
}

std::string fixed_part(const config& from) {
  auto text =
      lines_of(server_keys(), from.server, false) + lines_of(limit_keys(), from.server, false);
  for (const auto& each : from.server.listen)
    text += lines_of(listener_keys(), each, false);
  return text;
}

} // namespace vaquero
