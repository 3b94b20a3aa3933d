#include "bench/suite/ws_command.hpp"

#include "bench/suite/report_page.hpp"
#include "bench/suite/ws_run.hpp"
#include "bench/support/deadline.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <iostream>
#include <stdexcept>

namespace vaquero::bench {

namespace {

/// A load generator is not pointed at strangers by a typing error.
void refuse_strangers(const target& server, bool is_allowed) {
  if (server.is_loopback() || is_allowed) return;
  throw std::invalid_argument("--url: " + server.url + " (" + server.address_text() +
                              ") is not on this machine; give --allow-remote if that server is "
                              "yours to load");
}

/// A name that cannot be written is not to cost a run.
void require_writable(const std::string& path) {
  if (!path.empty() && !std::ofstream(path, std::ios::app))
    throw std::invalid_argument("cannot write " + path);
}

} // namespace

void run_ws(const ws_options& options, report& out) {
  check(options);
  const auto server = resolve_target(options.url);
  refuse_strangers(server, options.allow_remote);
  require_writable(options.json);
  require_writable(options.report);
  std::vector<run_document> documents;
  for (const auto& each : options.compare)
    documents.push_back(read_document(each));
  const auto result = ws_run(options, server).execute();
  out.results.push_back(to_json(result, options));
  documents.insert(documents.begin(), {"now", out.document()});
  out.table = table_of(runs_in(documents));
  out.notes = result.notes;
  if (result.seconds > 0) out.print(std::cout);
  out.write_json(options.json);
  documents.front().content = out.document(); // with its notes
  if (!options.report.empty()) write_page(options.report, documents);
  if (was_signalled()) throw interrupted(result.failure);
  if (!result.failure.empty()) throw std::runtime_error(result.failure);
}

} // namespace vaquero::bench
