// `vaquero bench`: what processes and connections cost, of this program and of any WebSocket server.
#pragma once

namespace vaquero::bench {

/// argv[0] is "bench". Does what the rest says, and returns what main returns: 0; 1 where a measurement
/// failed; 2 for a command line that is wrong; 130 where a signal ended it.
int run_suite(int argc, const char* const* argv);

} // namespace vaquero::bench
