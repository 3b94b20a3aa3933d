// `vaquero bench ws`: drives a WebSocket server, and tells what that took.
#pragma once

#include "bench/suite/ws_options.hpp"
#include "bench/support/report.hpp"

namespace vaquero::bench {

/// Prints the table and writes the files. Throws what a program's end is told by: see run_program.
void run_ws(const ws_options& options, report& out);

} // namespace vaquero::bench
