// The operator new of a test program, which counts. In a file apart: where the compiler sees through it, it
// takes what a class allocates by its own operator for what malloc gave.
#pragma once

#include <cstddef>

namespace vaquero::test {

/// Of the thread that asks, ever.
std::size_t allocations() noexcept;

} // namespace vaquero::test
