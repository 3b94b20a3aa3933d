// What a run of `vaquero bench ws` found, as JSON has it and as a table shows it, several runs side by side.
#pragma once

#include "bench/suite/histogram.hpp"
#include "bench/suite/ws_options.hpp"
#include "bench/support/report.hpp"
#include "bench/support/syscalls.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace vaquero::bench {

/// A moment of a run, and what was so since the one before it.
struct timeline_point {
  double at_s = 0;
  double rate = 0;
  double p50_us = 0;
  double p99_us = 0;
  double client_cpu = 0; // shares of one processor
  std::optional<double> server_cpu;
  std::optional<std::uint64_t> resident_bytes;
};

/// What is known where the server's process is.
struct server_facts {
  std::vector<pid_t> pids;
  std::size_t threads = 0;
  double cpu = 0; // share of one processor
  double busiest_thread = 0;
  std::uint64_t resident_before = 0; // without connections
  std::uint64_t resident = 0;        // with them, before the load
  std::uint64_t resident_max = 0;
  std::optional<double> bytes_each; // of an idle connection: a slope
};

struct ws_result {
  double seconds = 0;
  std::uint64_t operations = 0;
  std::uint64_t unanswered = 0;
  histogram latency;
  double client_cpu = 0;
  double client_busiest_thread = 0;
  double others_cpu = 0; // of the machine's other processes, a share of one processor
  std::optional<server_facts> server;
  std::optional<double> instructions; // for an operation
  std::optional<syscall_counts> calls;
  std::uint64_t calls_operations = 0;
  std::vector<timeline_point> timeline;
  std::vector<std::string> notes;
  std::string failure; // why it ended before its time

  /// Which side had no more to give, or waited for a processor: "client", "server", "both", "neither" or "unknown".
  std::string bottleneck() const;
};

boost::json::object to_json(const ws_result& result, const ws_options& options);

/// A column for each of the runs, as to_json made them.
std::vector<std::vector<std::string>> table_of(const boost::json::array& runs);

} // namespace vaquero::bench
