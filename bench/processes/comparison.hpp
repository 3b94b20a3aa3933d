// The comparison itself: runs the rows in all worlds, in turn, and tells medians, ratios and goals.
#pragma once

#include "bench/processes/world_runs.hpp"
#include "bench/support/deadline.hpp"
#include "bench/support/report.hpp"

#include <array>
#include <set>
#include <vector>

namespace vaquero::bench {

struct comparison_options {
  std::vector<std::string> rows; // by name; none: all
  std::set<world> skipped;
  std::size_t workers = 0; // scheduler threads of each world
  unsigned rounds = 3;
  double scale = 1;                            // of the sizes
  std::chrono::duration<double> run_limit{30}; // a run that takes longer gives no value
  command_line program;                        // the first words of a run in a C++ world
};

struct row_result {
  const row* what;
  std::array<std::vector<double>, world_count> samples;

  /// The median; nothing where the world did not do the row.
  std::optional<double> value(world where) const;
};

/// Vaquero to the best of the others that gave a value.
std::optional<double> ratio_to(const row_result& result, std::initializer_list<world> others);

/// Whether a row is as good as it is meant to be; nothing where a world is missing that it is measured by.
std::optional<bool> goal_met(const row_result& result);

/// What a message costs with many processes, to what it does with few. Nothing where a row is missing.
std::optional<double> growth_of(const growth& which, const std::vector<row_result>& results);

/// Runs everything; `notes` gets a line for each world that could not do a row.
std::vector<row_result> compare(const comparison_options& options, const deadline& limit,
                                std::vector<std::string>& notes);

/// Fills the table, and the JSON under "rows"; the growths become goals.
void add_rows(report& out, const std::vector<row_result>& results);

} // namespace vaquero::bench
