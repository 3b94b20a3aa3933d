// Reads arbitrary text as a configuration. Held to: it is right or it has faults, each with file and line,
// and reading it twice says the same.
#include "handlers/echo.hpp"
#include "server/config.hpp"
#include "tests/fuzz/check.hpp"

#include <cstdint>

using namespace vaquero;
using testing::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const handler_registry handlers{handler<echo>("echo")};
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto first = read_config(text, "f", handlers);
  for (const auto& fault : first.faults) {
    check(fault.starts_with("f:"));
    check(fault.find_first_not_of("0123456789", 2) != 2);
    check(fault.find('\n') == fault.npos);
  }
  check(first.faults == read_config(text, "f", handlers).faults);
  if (first.faults.empty()) check(!first.value.routes.empty() || !first.value.folders.empty());
  return 0;
}
