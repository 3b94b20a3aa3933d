// The command line of the comparison: its options, its end, and one run in one world. Shared by the
// programs that offer it.
#pragma once

#include "bench/processes/comparison.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace vaquero::bench {

struct process_options {
  comparison_options comparison;
  std::vector<std::string> skipped;
  double run_limit_s = 30;
  unsigned timeout_s = 3'600;
  std::string json;
};

void add_process_options(CLI::App& app, process_options& options);

/// Runs the rows and tells them. A run in a C++ world is this program again: `words` stand behind its
/// file's name and before `run`.
void compare_worlds(process_options& options, const command_line& words, report& out);

/// One run in one world: `run WORLD TASK PROCESSES OPERATIONS WORKERS`.
struct run_options {
  std::string where;
  std::string what;
  task_size size;
  std::size_t workers = 1;
};

/// A subcommand that no help names: people are to run the comparison.
CLI::App* add_run(CLI::App& app, run_options& options);

/// Prints its number, and ends this program.
[[noreturn]] void run_one(const run_options& options);

} // namespace vaquero::bench
