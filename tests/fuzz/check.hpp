// What a fuzz target asserts, in every kind of build.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace vaquero::testing {

// The builtins, because clang 14 has no std::source_location.
inline void check(bool holds, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: does not hold\n", file, line);
  std::abort();
}

} // namespace vaquero::testing
