#include "bench/suite/command.hpp"

#include "bench/processes/program.hpp"
#include "bench/suite/ws_command.hpp"
#include "bench/support/options.hpp"

namespace vaquero::bench {

namespace {

constexpr int usage_error = 2;
/// What CLI11 returns for a command line that is wrong begins here.
constexpr int parse_errors = 100;

} // namespace

int run_suite(int argc, const char* const* argv) {
  CLI::App app{"What processes and connections cost", "vaquero bench"};
  app.require_subcommand(1);
  process_options processes;
  run_options one;
  auto* actors = app.add_subcommand("actors", "Processes and messages, beside plain CAF and BEAM");
  add_process_options(*actors, processes);
  auto* run = add_run(*actors, one);
  ws_options load;
  auto* ws = app.add_subcommand("ws", "Any WebSocket server: echo, fan-out, idle, churn, timers");
  add_ws_options(*ws, load);
  const int status = run_program(app, argc, argv, [&] {
    if (*run) run_one(one);
    report out(*ws ? "vaquero bench ws" : "vaquero bench actors", argc, argv);
    if (*ws)
      run_ws(load, out);
    else
      compare_worlds(processes, {"bench", "actors"}, out);
  });
  return status >= parse_errors && status != 130 ? usage_error : status;
}

} // namespace vaquero::bench
