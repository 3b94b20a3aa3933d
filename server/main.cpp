// The vaquero program: its handlers, and what it serves when it is told nothing.
#include "handlers/echo.hpp"
#include "handlers/hello.hpp"
#include "server/command_line.hpp"
#include "server/connection_observer.hpp"
#include "server/front_page.hpp"

namespace {

void default_routes(vaquero::server& server) {
  server.route<vaquero::echo>("/echo");
  server.route<vaquero::hello>("/hello");
  server.route_page("/", [](const vaquero::request&) { return vaquero::front_page(); });
  vaquero::route_connections_page(server);
}

} // namespace

int main(int argc, char** argv) {
  return vaquero::run_command_line(argc, argv,
                                   {.version = VAQUERO_VERSION,
                                    .about = "Vaquero: WebSocket connections as Erlang processes",
                                    .handlers = {vaquero::handler<vaquero::echo>("echo"),
                                                 vaquero::handler<vaquero::hello>("hello")},
                                    .default_routes = default_routes});
}
