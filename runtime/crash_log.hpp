// What became of the exceptions that left a callback: each is logged once, with its stack; the same one
// again is counted, and the count is logged when it has doubled. Any thread.
#pragma once

#include "runtime/exit_reason.hpp"

#include <cstdint>
#include <map>
#include <mutex>
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
  std::uint64_t total() const;

 private:
  // A program has few ways to crash; past this many kinds the rest is counted as one.
  static constexpr std::size_t kinds_max = 1'000;

  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> seen_;
  std::uint64_t total_ = 0;
};

/// The exception being handled, as data. Call inside a catch block. Its stack is where it was thrown, if
/// that was inside a callback of a process.
crash_info current_exception_info();

} // namespace vaquero
