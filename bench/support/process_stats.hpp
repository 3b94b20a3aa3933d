// What the kernel says about a process and the machine: CPU time, resident memory, processors.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vaquero::bench {

/// In clock ticks (10 ms on Linux), from /proc/PID/stat.
struct cpu_ticks {
  std::uint64_t user = 0;
  std::uint64_t system = 0;

  std::uint64_t total() const { return user + system; }
};

/// Throws std::runtime_error when the process is gone.
cpu_ticks process_cpu(pid_t process);
/// All processes and the kernel, without idle and waiting time; from /proc/stat.
std::uint64_t machine_busy_ticks();
std::chrono::microseconds ticks_to_time(std::uint64_t ticks);

/// Time on a processor to the nanosecond, of all its threads, from /proc/PID/task/*/schedstat;
/// negative where the kernel does not offer it.
std::chrono::nanoseconds scheduled_time(pid_t process);

/// Rss of /proc/PID/smaps_rollup, which counts pages (VmRSS of status may lag behind).
std::uint64_t resident_bytes(pid_t process);

std::vector<pid_t> threads_of(pid_t process);

/// The processors this process may run on, in order.
std::vector<int> allowed_processors();
void pin_to_processor(int processor);

/// Raises the limit of open descriptors, for children too; returns it.
std::uint64_t raise_descriptor_limit();

struct machine_description {
  std::string processor;
  std::size_t processors;
  std::string kernel;
};

machine_description describe_machine();

} // namespace vaquero::bench
