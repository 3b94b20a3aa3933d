// The vaquero program: its command line.
#include "handlers/echo.hpp"
#include "handlers/hello.hpp"
#include "server/connection_observer.hpp"
#include "server/front_page.hpp"
#include "server/server.hpp"

#include <CLI/CLI.hpp>

namespace {

constexpr int usage_error = 2;
constexpr unsigned loops_max = 255; // one timer queue each, and a reference has 8 bits for it

int serve(const vaquero::server_options& options) {
  vaquero::server server{options};
  server.route<vaquero::echo>("/echo");
  server.route<vaquero::hello>("/hello");
  server.route_page("/", [](const vaquero::request&) { return vaquero::front_page(); });
  vaquero::route_connections_page(server);
  return server.run();
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Vaquero: WebSocket connections as Erlang processes"};
  app.set_version_flag("--version", "vaquero " VAQUERO_VERSION);
  app.require_subcommand(1);

  vaquero::server_options options;
  std::vector<std::string> listen;
  auto* serve_command = app.add_subcommand("serve", "Serve WebSockets at /echo and /hello");
  serve_command
      ->add_option("--listen", listen,
                   "Address to listen on, once for each; port 0 lets the system pick one "
                   "[127.0.0.1:8080]")
      ->type_name("ADDR:PORT");
  serve_command->add_option("--loops", options.loops, "Threads that carry connections [the cores]")
      ->type_name("N")
      ->check(CLI::Range(1u, loops_max));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_error;
  }
  if (!listen.empty()) options.listen = vaquero::listen_addresses{std::move(listen)};
  return serve(options);
}
