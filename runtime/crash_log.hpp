// What became of the exceptions that left a callback: each is logged once, with its stack; the same one
// again is counted, and the count is logged when it has doubled. Any thread.
#pragma once

#include "runtime/exit_reason.hpp"
#include "runtime/repeat_count.hpp"

#include <cstdint>
#include <string>

namespace vaquero {

/// Where an exception comes from, in words: "hello 17 in websocket_handle".
struct crash_site {
  std::string process; // what kind of process, without its number: repeats are told by it
  std::string callback;
  std::uint64_t id = 0;
};

class crash_log {
 public:
  /// Logs the crash, or counts it. Returns how often this one has been seen.
  std::uint64_t report(const crash_site& where, const crash_info& what);

  /// All crashes that were reported.
  std::uint64_t total() const { return seen_.total(); }

 private:
  repeat_count seen_;
};

/// The exception being handled, as data. Call inside a catch block. Its stack is where it was thrown, if
/// that was inside a callback of a process.
crash_info current_exception_info();

} // namespace vaquero
