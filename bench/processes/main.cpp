// Answers: what do processes and their messages cost here, beside plain CAF and beside BEAM?
#include "bench/processes/program.hpp"
#include "bench/support/run_program.hpp"

using namespace vaquero::bench;

int main(int argc, char** argv) {
  CLI::App app{"What processes and messages cost in Vaquero, plain CAF and BEAM", "processes"};
  process_options options;
  run_options one;
  add_process_options(app, options);
  auto* run = add_run(app, one);
  report out("processes", argc, argv);
  return run_program(app, argc, argv, [&] {
    if (*run) run_one(one);
    compare_worlds(options, {}, out);
  });
}
