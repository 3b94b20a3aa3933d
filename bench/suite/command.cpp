#include "bench/suite/command.hpp"

#include "bench/processes/program.hpp"
#include "bench/suite/report_page.hpp"
#include "bench/suite/ws_command.hpp"
#include "bench/suite/ws_result.hpp"
#include "bench/support/run_program.hpp"

#include <boost/json.hpp>

#include <iostream>

namespace vaquero::bench {

namespace {

constexpr int usage_error = 2;
/// What CLI11 returns for a command line that is wrong begins here.
constexpr int parse_errors = 100;

void show_files(const std::vector<std::string>& files, const std::string& page) {
  std::vector<run_document> documents;
  for (const auto& each : files)
    documents.push_back(read_document(each));
  write_page(page, documents);
  if (const auto runs = runs_in(documents); !runs.empty()) print_table(std::cout, table_of(runs));
}

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
  std::vector<std::string> files;
  std::string page;
  auto* show = app.add_subcommand("report", "A page with charts of what --json has written");
  show->add_option("files", files, "JSON files of bench ws and bench actors")->required();
  show->add_option("--report", page, "The page to write")->type_name("FILE.html")->required();
  std::string actors_page;
  actors->add_option("--report", actors_page, "Write a page with charts to this file")
      ->type_name("FILE.html");
  const int status = run_program(app, argc, argv, [&] {
    if (*run) run_one(one);
    if (*show) return show_files(files, page);
    std::vector<const char*> words{"vaquero"};
    words.insert(words.end(), argv, argv + argc);
    report out(*ws ? "vaquero bench ws" : "vaquero bench actors", static_cast<int>(words.size()),
               words.data());
    if (*ws) return run_ws(load, out);
    compare_worlds(processes, {"bench", "actors"}, out);
    if (!actors_page.empty()) write_page(actors_page, {{"now", out.document()}});
  });
  return status >= parse_errors && status != 130 ? usage_error : status;
}

} // namespace vaquero::bench
