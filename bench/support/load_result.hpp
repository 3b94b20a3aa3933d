// Counts per operation, for a table row, its breakdown line and its JSON.
#pragma once

#include "bench/support/report.hpp"
#include "bench/support/syscalls.hpp"
#include "bench/support/timing.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vaquero::bench {

/// What is known about one server under one load; what was not measured is absent.
struct load_result {
  std::string server;
  std::string load; // "depth 16"; empty where there is one only
  std::optional<double> instructions;
  std::optional<syscall_counts> calls;
  std::uint64_t calls_operations = 0;
  std::vector<timed_sample> samples;
  std::vector<double> p50_us = {}; // of each sample; where the load tells latencies
  std::vector<double> p99_us = {};

  double per_operation(std::uint64_t calls_made) const;
  /// Median of one member over the samples; the middle of no samples is zero.
  double median_of(double timed_sample::*member) const;
  double median_rate() const;
};

/// Appends the table's head, its rows, the breakdown of the system calls, and the JSON.
/// `operation` is what one is called, `operations` what several are.
void add_results(report& out, const std::vector<load_result>& results, const std::string& operation,
                 const std::string& operations);

/// Appends how each server's CPU time compares with the first one's, round by round: only what ran
/// in turn in one run may be compared.
void add_ratios(report& out, const std::vector<load_result>& results);

} // namespace vaquero::bench
