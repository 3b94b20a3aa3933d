// The vaquero program: its command line.
#include "handlers/echo.hpp"
#include "handlers/hello.hpp"
#include "server/connection_observer.hpp"
#include "server/front_page.hpp"
#include "server/listen_address.hpp"
#include "server/server.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <stdexcept>

namespace {

constexpr int usage_error = 2;

int serve(const vaquero::server_options& options) {
  vaquero::server server{options};
  server.route<vaquero::echo>("/echo");
  server.route<vaquero::echo>("/echo/deflate", {.compress = true});
  server.route<vaquero::hello>("/hello");
  server.route_page("/", [](const vaquero::request&) { return vaquero::front_page(); });
  vaquero::route_connections_page(server);
  return server.run();
}

// CLI11's validators: what they return is what is wrong.
std::string check_address(const std::string& text) {
  try {
    vaquero::parse_listen_address(text);
    return {};
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::string check_loops(const std::string& text) {
  unsigned count = 0;
  const auto* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, count);
  if (rest == end && error == std::errc{} && count >= 1 && count <= vaquero::loops_max) return {};
  return '"' + text + "\" is no number from 1 to " + std::to_string(vaquero::loops_max);
}

// What is wrong, and then what is allowed there.
std::string explain(const CLI::App* app, const CLI::Error& error) {
  std::string what = error.what();
  const auto chosen = app->get_subcommands();
  const auto unknown = app->remaining();
  if (chosen.empty() && !unknown.empty()) what = "there is no subcommand \"" + unknown[0] + '"';
  return "vaquero: " + what + "\n\n" +
         (chosen.empty() ? app->help() : chosen[0]->help(app->get_name()));
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Vaquero: WebSocket connections as Erlang processes", "vaquero"};
  app.set_version_flag("--version", "vaquero " VAQUERO_VERSION);
  app.require_subcommand(1);
  app.failure_message(explain);

  vaquero::server_options options;
  std::vector<std::string> listen;
  auto* serve_command = app.add_subcommand("serve", "Serve WebSockets at /echo and /hello");
  serve_command
      ->add_option("--listen", listen,
                   "Address to listen on, once for each; port 0 lets the system pick one "
                   "[127.0.0.1:8080]")
      ->type_name("ADDR:PORT")
      ->allow_extra_args(false)
      ->check(check_address);
  serve_command
      ->add_option("--loops", options.loops,
                   "Threads that carry connections, 1 to 255 [one for each core]")
      ->type_name("N")
      ->check(check_loops);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_error;
  }
  if (!listen.empty()) options.listen = vaquero::listen_addresses{std::move(listen)};
  return serve(options);
}
