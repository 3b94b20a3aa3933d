#include "server/command_line.hpp"

#include "handlers/publish_guard.hpp"
#include "runtime/log.hpp"
#include "runtime/scheduler.hpp"
#include "server/config.hpp"
#include "server/listen_address.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <stdexcept>

namespace vaquero {

namespace {

constexpr int cannot_be_had = 1;
constexpr int usage_error = 2;

struct serve_arguments {
  std::string config;
  std::string publish_token_file;
  std::vector<std::string> listen;
  unsigned loops = 0;
  unsigned workers = 0;
  bool demo = false;
};

// CLI11's validators: what they return is what is wrong.
std::string check_address(const std::string& text) {
  try {
    parse_listen_address(text);
    return {};
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

auto check_count(unsigned most) {
  return [most](const std::string& text) -> std::string {
    unsigned count = 0;
    const auto* end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data(), end, count);
    if (rest == end && error == std::errc{} && count >= 1 && count <= most) return {};
    return '"' + text + "\" is no number from 1 to " + std::to_string(most);
  };
}

// What is wrong, and then what is allowed there.
std::string explain(const CLI::App* app, const CLI::Error& error) {
  std::string what = error.what();
  const auto chosen = app->get_subcommands();
  const auto unknown = app->remaining();
  if (chosen.empty() && !unknown.empty()) what = "there is no subcommand \"" + unknown[0] + '"';
  return app->get_name() + ": " + what + "\n\n" +
         (chosen.empty() ? app->help() : chosen[0]->help(app->get_name()));
}

int report(const std::vector<std::string>& faults) {
  for (const auto& each : faults)
    std::cerr << each << '\n';
  return faults.empty() ? 0 : usage_error;
}

void use_publish_token(const program& what, const std::string& token) {
  for (const auto& each : what.handlers)
    if (each.takes_posts()) each.use_publish_token(token);
}

/// From the file that the command line names, or else the configured one.
std::string publish_token(const serve_arguments& arguments, const std::string& configured = {}) {
  const auto& file = arguments.publish_token_file;
  return file.empty() ? configured : read_publish_token(file);
}

/// What SIGHUP does without a configuration; empty where there is nothing to read again.
std::function<void()> token_reload(const program& what, const serve_arguments& arguments) {
  if (arguments.publish_token_file.empty()) return {};
  return [&] {
    try {
      use_publish_token(what, publish_token(arguments));
      log_info("token reloaded from " + arguments.publish_token_file);
    } catch (const std::invalid_argument& error) {
      log_error("token not reloaded: " + std::string{error.what()});
    }
  };
}

/// The file again, for new connections; where it is wrong now, everything stays.
void reload(server& running, const program& what, const serve_arguments& arguments,
            const status_pages& status, const std::string& fixed) {
  auto again = load_config(arguments.config, what.handlers, status);
  for (const auto& each : again.faults)
    log_error("configuration not reloaded: " + each);
  if (!again.faults.empty()) return;
  try {
    const auto token = publish_token(arguments, again.value.publish_token);
    set_log(again.value.log);
    use_publish_token(what, token);
  } catch (const std::invalid_argument& error) {
    log_error("configuration not reloaded: " + std::string{error.what()});
    return;
  }
  running.use(std::move(again.routes));
  log_info("configuration reloaded from " + arguments.config);
  if (fixed_part(again.value) != fixed)
    log_warning("[server], [limits] and [[listener]] have changed, which takes a restart");
}

void apply(const serve_arguments& arguments, server_options& options) {
  if (!arguments.listen.empty()) options.listen = listen_addresses{arguments.listen};
  if (arguments.loops != 0) options.loops = arguments.loops;
  if (arguments.workers != 0) options.workers = arguments.workers;
}

/// Once it has its addresses.
void log_start(server& serving, const program& what, const std::string& shown) {
  auto line =
      what.name + (what.version.empty() ? "" : " " + what.version) + " starts with " + shown;
  serving.at_start([line](caf::actor_system&) { log_info(line); });
}

int serve_config(const program& what, const serve_arguments& arguments) {
  status_pages status;
  auto read = load_config(arguments.config, what.handlers, status);
  if (!read.faults.empty()) return report(read.faults);
  try {
    set_log(read.value.log);
  } catch (const std::invalid_argument& error) {
    std::cerr << what.name << ": " << error.what() << '\n';
    return cannot_be_had;
  }
  if (arguments.publish_token_file.empty()) use_publish_token(what, read.value.publish_token);
  const auto fixed = fixed_part(read.value);
  apply(arguments, read.value.server);
  server serving{read.value.server};
  status.show(serving);
  for (const auto& each : what.handlers)
    each.register_messages(serving.config());
  serving.use(std::move(read.routes));
  log_start(serving, what, "configuration " + arguments.config);
  return serving.run([&] { reload(serving, what, arguments, status, fixed); });
}

/// A demo is not shown to a network by accident.
int serve_demo(const program& what, const server_options& options,
               const serve_arguments& arguments) {
  const auto beyond = std::ranges::find_if(options.listen, [](const listen_address& each) {
    return !parse_listen_address(each.address).address().is_loopback();
  });
  if (!arguments.demo && beyond != options.listen.end()) {
    std::cerr << what.name << ": there is nothing to serve on \"" << beyond->address
              << "\": say what with --config FILE, or show the demo there with --demo; "
                 "without either it is shown on loopback addresses\n";
    return usage_error;
  }
  server serving{options};
  what.demo(serving);
  log_start(serving, what, "its demo");
  return serving.run(token_reload(what, arguments));
}

router routes_at_names(const handler_registry& handlers) {
  router routes;
  for (const auto& each : handlers) {
    const route_at at{.path = each.path.empty() ? "/" + each.name : each.path};
    auto type = each.make({});
    type.route = at.path;
    routes.add_handler(at, std::make_shared<const handler_type>(std::move(type)));
  }
  return routes;
}

int serve(const program& what, const serve_arguments& arguments) {
  try {
    use_publish_token(what, publish_token(arguments));
  } catch (const std::invalid_argument& error) {
    std::cerr << what.name << ": " << error.what() << '\n';
    return usage_error;
  }
  if (!arguments.config.empty()) return serve_config(what, arguments);
  server_options options;
  apply(arguments, options);
  if (what.demo) return serve_demo(what, options, arguments);
  if (what.handlers.empty()) {
    std::cerr << what.name << ": there is nothing to serve; say what with --config FILE\n";
    return usage_error;
  }
  server serving{options};
  try {
    serving.use(routes_at_names(what.handlers));
  } catch (const std::invalid_argument& error) {
    std::cerr << what.name
              << ": a handler's name is no path that it could be served at: " << error.what()
              << '\n';
    return usage_error;
  }
  for (const auto& each : what.handlers)
    each.register_messages(serving.config());
  log_start(serving, what, "its handlers");
  return serving.run(token_reload(what, arguments));
}

void add_serve_options(CLI::App& command, const program& what, serve_arguments& into) {
  auto* config =
      command
          .add_option("--config", into.config, "Configuration file (TOML); SIGHUP reads it again")
          ->type_name("FILE");
  if (what.demo)
    command.add_flag("--demo", into.demo, "Show the demo, on other addresses than loopback too")
        ->excludes(config);
  if (std::ranges::any_of(what.handlers, &named_handler::takes_posts))
    command
        .add_option("--publish-token-file", into.publish_token_file,
                    "Its line is the token that a POST to a topic takes; SIGHUP reads it again")
        ->type_name("FILE");
  command
      .add_option("--listen", into.listen,
                  "Address to listen on, once for each; port 0 lets the system pick one "
                  "[127.0.0.1:8080]")
      ->type_name("ADDR:PORT")
      ->allow_extra_args(false)
      ->check(check_address);
  command
      .add_option("--loops", into.loops,
                  "Threads that carry connections, 1 to 255 [one for each core]")
      ->type_name("N")
      ->check(check_count(loops_max));
  command
      .add_option("--workers", into.workers,
                  "Threads that run processes without a connection, 1 to 1024 [one for each core]")
      ->type_name("N")
      ->check(check_count(workers_max));
}

} // namespace

int run_command_line(int argc, const char* const* argv, const program& what) {
  for (const auto& each : what.commands)
    if (argc > 1 && each.name == argv[1]) return each.run(argc - 1, argv + 1);
  CLI::App app{what.about, what.name};
  if (!what.version.empty()) app.set_version_flag("--version", what.name + " " + what.version);
  app.require_subcommand(1);
  app.failure_message(explain);

  serve_arguments serving;
  add_serve_options(*app.add_subcommand("serve", "Serve WebSockets, pages and files"), what,
                    serving);
  std::string checked;
  auto* check_command =
      app.add_subcommand("check", "Check a configuration file, and serve nothing");
  check_command->add_option("--config", checked, "Configuration file")
      ->type_name("FILE")
      ->required();
  auto* config_command = app.add_subcommand("config", "Print a configuration file");
  for (const auto& each : what.commands)
    app.add_subcommand(each.name, each.about);
  bool defaults = false;
  config_command->add_flag("--defaults", defaults, "Every key, with its default and what it means")
      ->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_error;
  }
  if (check_command->parsed()) return report(load_config(checked, what.handlers).faults);
  if (config_command->parsed()) {
    std::cout << default_config(what.handlers);
    return 0;
  }
  return serve(what, serving);
}

} // namespace vaquero
