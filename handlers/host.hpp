// What the machine under this program is doing, as Linux tells it in /proc.
#pragma once

#include <cstdint>
#include <filesystem>

namespace vaquero {

/// What the machine does not tell is 0.
struct host_usage {
  double load = 0;                // threads that want to run, mean of the last minute
  std::uint64_t memory_used = 0;  // bytes; what can be freed at once does not count
  std::uint64_t memory_total = 0; // bytes
  std::uint64_t received = 0;     // bytes since the start, over all interfaces, loopback among them
  std::uint64_t sent = 0;
};

/// Reads loadavg, meminfo and net/dev (proc(5)) in this folder.
host_usage read_host(const std::filesystem::path& proc = "/proc");

} // namespace vaquero
