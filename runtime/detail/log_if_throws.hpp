// For the threads that a node has of its own: what a program gave it to call must not end them.
#pragma once

#include "runtime/crash_log.hpp"
#include "runtime/log.hpp"

#include <string>
#include <utility>

namespace vaquero::detail {

/// Calls it. An exception is logged, with these words for what threw it, and goes no further.
template <class Function>
void log_if_throws(const char* what, Function&& call) {
  try {
    std::forward<Function>(call)();
  } catch (...) {
    const auto thrown = current_exception_info();
    log_error(std::string{what} + " threw " + thrown.type + ": " + printable(thrown.text));
  }
}

} // namespace vaquero::detail
