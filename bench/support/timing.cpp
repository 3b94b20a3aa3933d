#include "bench/support/timing.hpp"

#include "bench/support/process_stats.hpp"

#include <algorithm>
#include <chrono>
#include <unistd.h>

namespace vaquero::bench {

timed_sample time_load(pid_t server, const std::function<std::uint64_t()>& load) {
  using clock = std::chrono::steady_clock;
  cpu_ticks server_before = process_cpu(server);
  cpu_ticks client_before = process_cpu(getpid());
  std::uint64_t machine_before = machine_busy_ticks();
  auto before = clock::now();
  timed_sample sample;
  sample.operations = load();
  sample.seconds = std::chrono::duration<double>(clock::now() - before).count();
  std::uint64_t server_ticks = process_cpu(server).total() - server_before.total();
  std::uint64_t client_ticks = process_cpu(getpid()).total() - client_before.total();
  std::uint64_t all_ticks = machine_busy_ticks() - machine_before;
  // Sampled by different clocks in the kernel, so the difference may dip below zero.
  std::uint64_t known = server_ticks + client_ticks;
  std::uint64_t other_ticks = all_ticks > known ? all_ticks - known : 0;
  auto share = [&](std::uint64_t ticks) {
    return std::chrono::duration<double>(ticks_to_time(ticks)).count() / sample.seconds;
  };
  sample.server_cpu = share(server_ticks);
  sample.client_cpu = share(client_ticks);
  sample.others_cpu = share(other_ticks);
  if (sample.operations > 0)
    sample.server_cpu_us = static_cast<double>(ticks_to_time(server_ticks).count()) /
                           static_cast<double>(sample.operations);
  return sample;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

} // namespace vaquero::bench
