#include "bench/processes/program.hpp"

#include <cstdlib>
#include <iostream>
#include <thread>

namespace vaquero::bench {

void add_process_options(CLI::App& app, process_options& options) {
  auto& comparison = options.comparison;
  app.add_option("--row", comparison.rows, "Only this row; repeatable")->take_all();
  app.add_option("--skip", options.skipped,
                 "Leave out vaquero, caf_sharing, caf_stealing or beam; repeatable")
      ->take_all();
  app.add_option("--workers", comparison.workers,
                 "Scheduler threads of each world (default: one a processor)")
      ->check(CLI::Range(1u, 1'024u));
  app.add_option("--rounds", comparison.rounds, "Runs of each world, in turn; medians are told")
      ->check(CLI::Range(1u, 101u))
      ->capture_default_str();
  app.add_option("--scale", comparison.scale, "Times the usual size of each task")
      ->check(CLI::Range(0.00001, 100.0))
      ->capture_default_str();
  app.add_option("--run-limit", options.run_limit_s, "Seconds of one run; no value beyond")
      ->check(CLI::Range(1.0, 3'600.0))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_s, "Give up after so many seconds")
      ->check(CLI::Range(1u, 36'000u))
      ->capture_default_str();
  app.add_option("--json", options.json, "Write the medians to this file as well");
}

CLI::App* add_run(CLI::App& app, run_options& options) {
  auto* run = app.add_subcommand("run", "One run in one world")->group("");
  run->add_option("world", options.where)->required();
  run->add_option("task", options.what)->required();
  run->add_option("processes", options.size.processes)->required();
  run->add_option("operations", options.size.operations)->required();
  run->add_option("workers", options.workers)->required();
  return run;
}

void compare_worlds(process_options& options, const command_line& words, report& out) {
  auto& comparison = options.comparison;
  for (const std::string& name : options.skipped)
    comparison.skipped.insert(world_named(name));
  if (comparison.workers == 0) comparison.workers = std::thread::hardware_concurrency();
  comparison.run_limit = std::chrono::duration<double>(options.run_limit_s);
  comparison.program = {std::filesystem::read_symlink("/proc/self/exe")};
  comparison.program.insert(comparison.program.end(), words.begin(), words.end());
  deadline limit{std::chrono::seconds(options.timeout_s)};
  add_rows(out, compare(comparison, limit, out.notes));
  out.settings = {
      {"workers", comparison.workers}, {"rounds", comparison.rounds}, {"scale", comparison.scale}};
  out.print(std::cout);
  out.write_json(options.json);
}

void run_one(const run_options& options) {
  std::cout << run_here(world_named(options.where), task_named(options.what), options.size,
                        options.workers)
            << std::endl;
  std::_Exit(0); // processes are left behind: nobody is to take them for a leak
}

} // namespace vaquero::bench
