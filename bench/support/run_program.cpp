#include "bench/support/run_program.hpp"

#include "bench/support/deadline.hpp"

#include <iostream>
#include <stdexcept>

namespace vaquero::bench {

int run_program(CLI::App& app, int argc, const char* const* argv,
                const std::function<void()>& body) {
  watch_signals();
  try {
    app.parse(argc, argv);
    body();
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const interrupted& signal) {
    std::cerr << app.get_name() << ": " << signal.what() << '\n';
    return 130;
  } catch (const std::invalid_argument& error) {
    std::cerr << app.get_name() << ": " << error.what()
              << "\nRun with --help for what is allowed.\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << app.get_name() << ": " << error.what() << '\n';
    return 1;
  }
}

} // namespace vaquero::bench
