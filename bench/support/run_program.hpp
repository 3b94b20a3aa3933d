// What every main() of a benchmark does around its own part.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace vaquero::bench {

/// Parses, runs `body`, and turns exceptions into a line on stderr and an exit code.
int run_program(CLI::App& app, int argc, const char* const* argv,
                const std::function<void()>& body);

} // namespace vaquero::bench
