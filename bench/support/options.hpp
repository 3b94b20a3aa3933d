// The options that all benchmark programs share.
#pragma once

#include "bench/support/report.hpp"
#include "bench/support/run_program.hpp"
#include "bench/support/server.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vaquero::bench {

struct common_options {
  bool peers = false;
  std::vector<std::string> skipped;       // names
  std::vector<std::string> extra_servers; // NAME=COMMAND LINE
  std::vector<unsigned> loops; // of the product, a server each; none: one, on its default
  std::string config; // a file for the product to serve; empty: its demo
  std::string route = "/echo";
  std::string json;
  bool deflate = false;          // the connections agree on compression
  std::optional<int> server_cpu; // filled in by place_processes()
  std::optional<int> client_cpu;
  unsigned timeout_s = 600;

  /// The path to connect to.
  std::string path() const {
    return deflate && route == common_options{}.route ? route + "/deflate" : route;
  }
};

/// What a load is measured by; a program that measures otherwise does not add these.
struct load_options {
  bool no_times = false;
  bool no_instructions = false;
  bool no_syscalls = false;
  double seconds = 2;
  unsigned rounds = 3;
};

void add_common_options(CLI::App& app, common_options& options);
/// For programs that can show how the product scales.
void add_loops_option(CLI::App& app, common_options& options);
/// For programs whose connections may be compressed.
void add_deflate_option(CLI::App& app, common_options& options);
void add_load_options(CLI::App& app, load_options& options);

/// The product, the peers (Beast alone unless all are asked for) and the extra ones, without those
/// to be skipped. An extra one with the name of another takes its place. Throws
/// std::invalid_argument for none, for a name that comes twice or is skipped in vain, and for a
/// server that is not installed here.
std::vector<server_spec> chosen_servers(const common_options& options);

/// Throws std::invalid_argument, saying what to do, when something that it needs is not there.
void require_there(const server_spec& server);

/// Pins this process, and fills in where servers run. Throws std::invalid_argument for a processor
/// that it may not run on; a machine with one processor is left alone.
void place_processes(common_options& options);

/// Throws std::invalid_argument when client and server may not open that many each.
void require_descriptors(std::size_t connections);

/// Calls `load` and names the server in what goes wrong; a dead server's stderr is told as well.
void with_server(running_server& server, const std::function<void()>& load);

} // namespace vaquero::bench
