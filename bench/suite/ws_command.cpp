#include "bench/suite/ws_command.hpp"

#include "bench/suite/ws_run.hpp"
#include "bench/support/deadline.hpp"

#include <boost/json.hpp>

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

} // namespace

void run_ws(const ws_options& options, report& out) {
  check(options);
  const auto server = resolve_target(options.url);
  refuse_strangers(server, options.allow_remote);
  const auto result = ws_run(options, server).execute();
  out.results.push_back(to_json(result, options));
  out.table = table_of(out.results);
  out.notes = result.notes;
  if (result.seconds > 0) out.print(std::cout);
  out.write_json(options.json);
  if (was_signalled()) throw interrupted(result.failure);
  if (!result.failure.empty()) throw std::runtime_error(result.failure);
}

} // namespace vaquero::bench
