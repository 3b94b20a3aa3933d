#include "bench/support/options.hpp"

#include "bench/support/frame.hpp"
#include "bench/support/instructions.hpp"
#include "bench/support/peers.hpp"
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

/// One server, or one for each number of loops. Several loops have to find several processors.
std::vector<server_spec> product_servers(const common_options& options) {
  const std::string program = (peers_folder().parent_path().parent_path() / "vaquero").string();
  command_line serve{program, "serve", "--listen", "127.0.0.1:0"};
  if (!options.config.empty()) serve.insert(serve.end(), {"--config", options.config});
  if (options.loops.empty()) return {{product_name, serve, {program}}};
  std::vector<server_spec> servers;
  for (unsigned loops : options.loops) {
    server_spec& each = servers.emplace_back();
    each.name = loops == 1 ? product_name : product_name + ("-" + std::to_string(loops));
    each.command = serve;
    each.command.insert(each.command.end(), {"--loops", std::to_string(loops)});
    each.needs = {program};
    each.any_processor = loops > 1;
  }
  return servers;
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

void leave_out(std::vector<server_spec>& servers, const std::string& name) {
  if (std::erase_if(servers, [&](const server_spec& each) { return each.name == name; }) > 0)
    return;
  std::string known;
  for (const server_spec& each : servers)
    known += (known.empty() ? "" : ", ") + each.name;
  throw std::invalid_argument("--skip " + name + ": no such server; there are " + known);
}

} // namespace

void add_common_options(CLI::App& app, common_options& options) {
  app.add_flag("--peers", options.peers, "Measure all peers (bench/setup), not Beast alone");
  app.add_option("--skip", options.skipped, "Leave the server of this name out; repeatable")
      ->take_all();
  app.add_option(
         "--server", options.extra_servers,
         "NAME=COMMAND LINE of another server, or of another build of a known one; its first "
         "line on stdout has to be 'listening on http://127.0.0.1:PORT'; repeatable")
      ->take_all();
  app.add_option("--route", options.route, "Path to connect to")->capture_default_str();
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

void add_loops_option(CLI::App& app, common_options& options) {
  app.add_option("--loops", options.loops,
                 "Measure the product with so many loops; several may be given. One runs on "
                 "--server-cpu, more wherever the system puts them")
      ->check(CLI::Range(1u, 255u));
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
  std::vector<server_spec> servers = product_servers(options);
  for (server_spec& each : peer_servers(options.deflate))
    if (options.peers || each.name == "beast") servers.push_back(std::move(each));
  replace_or_append(servers, options.extra_servers);
  for (const std::string& name : options.skipped)
    leave_out(servers, name);
  if (servers.empty()) throw std::invalid_argument("no server is left to measure");
  for (const server_spec& each : servers)
    require_there(each);
  return servers;
}

void require_there(const server_spec& server) {
  for (const std::string& each : server.needs) {
    const bool is_path = each.find('/') != each.npos;
    if (is_path ? std::filesystem::exists(each) : is_installed(each.c_str())) continue;
    throw std::invalid_argument(
        server.name + ": " + each + " is missing; " +
        (server.name.starts_with(product_name) ? "build it" : "run bench/setup") +
        ", or leave it out with --skip " + server.name);
  }
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
