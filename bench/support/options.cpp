#include "bench/support/options.hpp"

#include "bench/support/frame.hpp"
#include "bench/support/process_stats.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <unistd.h>

namespace vaquero::bench {

namespace {

int allowed_or_throw(std::optional<int> wanted, const std::vector<int>& allowed,
                     std::size_t usual) {
  int processor = wanted.value_or(allowed[usual]);
  if (std::find(allowed.begin(), allowed.end(), processor) == allowed.end())
    throw std::invalid_argument("processor " + std::to_string(processor) +
                                " is not one of those this process may run on");
  return processor;
}

void replace_or_append(std::vector<server_spec>& servers, const std::vector<std::string>& texts) {
  std::set<std::string> names;
  for (const std::string& text : texts) {
    server_spec extra = parse_server(text);
    if (!names.insert(extra.name).second)
      throw std::invalid_argument("two servers are named " + extra.name);
    auto same = std::find_if(servers.begin(), servers.end(),
                             [&](const server_spec& each) { return each.name == extra.name; });
    if (same == servers.end())
      servers.push_back(extra);
    else
      *same = extra;
  }
}

} // namespace

void add_common_options(CLI::App& app, common_options& options) {
  app.add_flag("--no-vaquero", options.no_vaquero, "Leave the product out");
  app.add_flag("--no-beast", options.no_beast, "Leave the Beast peer out");
  app.add_option(
         "--server", options.extra_servers,
         "NAME=COMMAND LINE of another server, or of another build of vaquero or beast; its "
         "first line on stdout has to be 'listening on http://127.0.0.1:PORT'; repeatable")
      ->take_all();
  app.add_option("--route", options.route, "Path of the echo handler")->capture_default_str();
  app.add_option("--json", options.json, "Write the results to this file as well");
  app.add_option("--server-cpu", options.server_cpu,
                 "Processor of the servers (default: the first)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--client-cpu", options.client_cpu,
                 "Processor of the client (default: the second)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--timeout", options.timeout_s, "Give up after so many seconds")
      ->check(CLI::Range(1u, 3600u))
      ->capture_default_str();
}

void add_deflate_option(CLI::App& app, common_options& options) {
  app.add_flag(
      "--deflate", options.deflate,
      "Compress with permessage-deflate; no side keeps a context. The default route is then "
      "/echo/deflate");
}

void add_load_options(CLI::App& app, load_options& options) {
  app.add_flag("--no-times", options.no_times, "Measure no CPU time and no rate");
  app.add_flag("--no-instructions", options.no_instructions, "Count no instructions");
  app.add_flag("--no-syscalls", options.no_syscalls, "Count no system calls");
  app.add_option("--seconds", options.seconds, "Length of one timed run")
      ->check(CLI::Range(0.01, 60.0))
      ->capture_default_str();
  app.add_option("--rounds", options.rounds, "Timed runs of each server, in turn; medians are told")
      ->check(CLI::Range(1u, 101u))
      ->capture_default_str();
}

std::vector<server_spec> chosen_servers(const common_options& options) {
  std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  std::vector<std::string> listen{"--listen", "127.0.0.1:0"};
  std::string product = folder.parent_path() / "vaquero";
  server_spec vaquero{product_name, {product, "serve"}};
  server_spec beast{"beast", {folder / "beast_echo"}};
  if (options.deflate) beast.command.push_back("--deflate");
  std::vector<server_spec> servers;
  for (auto& [spec, left_out] :
       {std::pair{&vaquero, options.no_vaquero}, std::pair{&beast, options.no_beast}}) {
    spec->command.insert(spec->command.end(), listen.begin(), listen.end());
    if (!left_out) servers.push_back(*spec);
  }
  replace_or_append(servers, options.extra_servers);
  if (servers.empty()) throw std::invalid_argument("no server is left to measure");
  for (const server_spec& each : servers)
    if (each.command.front() == product && access(product.c_str(), X_OK) != 0)
      throw std::invalid_argument("the server is not built: " + product +
                                  " is missing; --no-vaquero leaves it out");
  return servers;
}

void place_processes(common_options& options) {
  std::vector<int> allowed = allowed_processors();
  if (allowed.size() < 2) {
    progress("one processor only: client and server share it, times say little");
    return;
  }
  options.server_cpu = allowed_or_throw(options.server_cpu, allowed, 0);
  options.client_cpu = allowed_or_throw(options.client_cpu, allowed, 1);
  pin_to_processor(*options.client_cpu);
}

void require_descriptors(std::size_t connections) {
  constexpr std::size_t own = 64;
  std::uint64_t limit = raise_descriptor_limit();
  if (connections + own > limit)
    throw std::invalid_argument(std::to_string(connections) + " connections need " +
                                std::to_string(connections + own) + " descriptors, but " +
                                std::to_string(limit) + " may be open (ulimit -n)");
}

void with_server(running_server& server, const std::function<void()>& load) {
  try {
    load();
  } catch (const protocol_failure& failure) {
    server.check_alive();
    throw std::runtime_error(server.name() + ": " + failure.what());
  } catch (const timed_out& failure) {
    server.check_alive();
    throw timed_out(server.name() + ": " + failure.what());
  }
}

} // namespace vaquero::bench
