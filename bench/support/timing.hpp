// CPU time and rate of a load on a running server, and who else was busy meanwhile.
#pragma once

#include <cstdint>
#include <functional>
#include <sys/types.h>
#include <vector>

namespace vaquero::bench {

struct timed_sample {
  std::uint64_t operations = 0;
  double seconds = 0;
  double server_cpu_us = 0; // of the server, for one operation
  double server_cpu = 0;    // share of one processor, as are the two below
  double client_cpu = 0;
  double others_cpu = 0; // the rest of the machine

  double rate() const { return static_cast<double>(operations) / seconds; }
};

/// Runs `load`, which returns how many operations it did.
timed_sample time_load(pid_t server, const std::function<std::uint64_t()>& load);

/// Zero for no values.
double median(std::vector<double> values);

} // namespace vaquero::bench
