// Counts the system calls of a running server with `strace -c -f`. It slows the server down many
// times, so neither times nor instructions are taken in the same run.
#pragma once

#include "bench/support/child.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>

namespace vaquero::bench {

/// Calls by name.
using syscall_counts = std::map<std::string, std::uint64_t>;

class syscall_counter {
 public:
  /// Attaches to all threads; counting has begun on return. Throws std::runtime_error when strace
  /// is missing or may not attach. It runs on processor `cpu`: best the server's, which is stopped
  /// whenever strace works.
  syscall_counter(pid_t server, std::optional<int> cpu, const deadline& limit);

  /// Detaches. The call that was waiting when strace attached counts as one more.
  syscall_counts finish(const deadline& limit);

 private:
  child_process strace_;
};

/// Throws std::runtime_error, saying what to do, when strace is not installed.
void require_strace();

/// The summary table that strace -c prints.
syscall_counts parse_strace_summary(const std::string& text);

/// Calls that may carry a connection's bytes in, and out: recv*, read*; send*, write*.
std::uint64_t receive_calls(const syscall_counts& counts);
std::uint64_t send_calls(const syscall_counts& counts);
std::uint64_t all_calls(const syscall_counts& counts);

} // namespace vaquero::bench
