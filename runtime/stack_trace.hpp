// The stack where an exception was thrown, which is gone by the time it is caught: throwing inside a
// callback of a process notes the return addresses (this library stands in front of __cxa_throw).
#pragma once

#include <string>

namespace vaquero {

/// One line a frame, innermost first: function names where the program exports them, else module+offset.
/// Of the exception being handled, once; empty if it was not the last that this thread threw inside a process.
std::string stack_of_last_throw();

} // namespace vaquero
