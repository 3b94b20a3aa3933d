// The command line of a program that serves its handlers: `serve`, `check` and `config`. What `vaquero`
// itself is, and what a program with handlers of its own becomes.
#pragma once

#include "server/handler_registry.hpp"
#include "server/server.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vaquero {

/// A subcommand that reads its own words: `run` gets them with the subcommand's name first, and returns
/// what main returns.
struct extra_command {
  std::string name;
  std::string about; // a line for --help
  std::function<int(int argc, const char* const* argv)> run;
};

struct program {
  std::string name = "vaquero";
  std::string version = {}; // empty: there is no --version
  std::string about = {};   // a line for --help

  /// What configuration files may name.
  handler_registry handlers = {};

  /// Routes for who tries the program. They are served without a configuration only, and beyond
  /// loopback addresses only if --demo says so. Empty: each handler at /NAME, wherever it listens.
  std::function<void(server&)> demo = {};

  /// Beside `serve`, `check` and `config`.
  std::vector<extra_command> commands = {};
};

/// Does what the command line says, and returns what main returns: 0; 1 where something could not be had,
/// such as an address; 2 where the command line or the configuration is wrong.
int run_command_line(int argc, const char* const* argv, const program& what);

} // namespace vaquero
