// The server as the kernel shows it: found by the port that it listens on, or named. What it used is
// read from /proc, without a word to the server.
#pragma once

#include "bench/suite/target.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vaquero::bench {

/// The processes that hold a socket listening on this address; none where it is another machine's,
/// another user's or another container's.
std::vector<pid_t> listening_processes(const target& server);

/// How long a thread ran or waited for a processor: what it did not wait for others. Zero where the
/// kernel does not say, or the thread is gone.
std::chrono::nanoseconds busy_time(pid_t process, pid_t thread);

struct server_usage {
  std::chrono::nanoseconds cpu{0}; // since it started
  std::uint64_t resident_bytes = 0;
  std::map<pid_t, std::chrono::nanoseconds> threads; // busy_time of each
};

class server_watch {
 public:
  explicit server_watch(std::vector<pid_t> processes) : processes_(std::move(processes)) {}

  const std::vector<pid_t>& processes() const { return processes_; }
  explicit operator bool() const { return !processes_.empty(); }

  /// Throws std::runtime_error when the server is gone.
  server_usage usage() const;
  /// This and the next are cheap enough to be asked several times a second.
  std::chrono::nanoseconds cpu() const;
  /// Off by some pages a thread, where resident_bytes() walks through all of the server's memory.
  std::uint64_t resident_bytes_about() const;
  std::uint64_t resident_bytes() const;

 private:
  std::vector<pid_t> processes_;
};

/// The largest share of `time` that one thread was busy.
double busiest_thread(const server_usage& before, const server_usage& after,
                      std::chrono::duration<double> time);

} // namespace vaquero::bench
