#include "bench/processes/comparison.hpp"

#include "bench/support/timing.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <memory>

namespace vaquero::bench {

namespace {

constexpr std::array worlds{world::vaquero, world::caf_sharing, world::caf_stealing, world::beam};

std::vector<const row*> chosen_rows(const comparison_options& options) {
  std::vector<const row*> rows;
  for (const std::string& name : options.rows)
    rows.push_back(&row_named(name));
  if (rows.empty())
    for (const row& each : all_rows())
      rows.push_back(&each);
  return rows;
}

/// The runs of one row. A world that once failed or took too long is not asked again.
class row_runs {
 public:
  row_runs(const row& what, const comparison_options& options, const beam_code* beam)
      : result{&what, {}}, what_(what), size_(scaled(what, options.scale)), options_(options),
        beam_(beam), left_out_(options.skipped) {}

  void round(unsigned number, const deadline& limit, std::vector<std::string>& notes) {
    for (world where : worlds) {
      if (left_out_.contains(where)) continue;
      progress(std::string("processes: ") + what_.name + ", round " + std::to_string(number) +
               ", " + name_of(where));
      if (auto failure = run(where, limit); !failure.empty()) {
        left_out_.insert(where);
        result.samples[static_cast<std::size_t>(where)].clear();
        notes.push_back(std::string(name_of(where)) + " cannot do " + what_.name + ": " + failure);
        progress("processes: " + notes.back());
      }
    }
  }

  row_result result;

 private:
  /// Empty, or why there is no value.
  std::string run(world where, const deadline& limit) {
    auto bound = std::chrono::duration_cast<deadline::clock::duration>(options_.run_limit);
    try {
      auto command =
          command_for_run(options_.program, where, beam_, what_.what, size_, options_.workers);
      result.samples[static_cast<std::size_t>(where)].push_back(
          value_of_run(command, limit.within(bound)));
      return {};
    } catch (const timed_out&) {
      limit.check("all runs"); // the end of everything is no fact about this world
      return "not done within " + format_number(options_.run_limit.count(), 0) + " s";
    } catch (const interrupted&) {
      throw;
    } catch (const std::runtime_error& failure) {
      return failure.what();
    }
  }

  const row& what_;
  task_size size_;
  const comparison_options& options_;
  const beam_code* beam_;
  std::set<world> left_out_;
};

std::string cell(std::optional<double> value, int decimals) {
  return value ? format_number(*value, decimals) : "-";
}

std::string goal_text(const row& what) {
  if (what.less_is_better()) return "<= " + format_number(what.goal, 2) + " beam";
  if (what.goal > 1) return ">= " + format_number(what.goal, 0) + " beam";
  return "ahead";
}

} // namespace

std::optional<double> row_result::value(world where) const {
  const auto& all = samples[static_cast<std::size_t>(where)];
  return all.empty() ? std::nullopt : std::optional(median(all));
}

std::optional<double> ratio_to(const row_result& result, std::initializer_list<world> others) {
  auto own = result.value(world::vaquero);
  std::optional<double> best;
  for (world other : others)
    if (auto value = result.value(other))
      if (!best || (result.what->less_is_better() ? *value < *best : *value > *best)) best = value;
  return own && best ? std::optional(*own / *best) : std::nullopt;
}

std::optional<bool> goal_met(const row_result& result) {
  auto to_beam = ratio_to(result, {world::beam});
  if (!to_beam) return std::nullopt;
  auto to_all = ratio_to(result, {world::beam, world::caf_sharing, world::caf_stealing});
  if (result.what->less_is_better()) return *to_beam <= result.what->goal && *to_all < 1;
  return *to_beam >= result.what->goal && *to_all > 1;
}

std::optional<double> growth_of(const growth& which, const std::vector<row_result>& results) {
  auto rate_in = [&](std::string_view name) -> std::optional<double> {
    auto found = std::ranges::find(results, name, [](auto& each) { return each.what->name; });
    return found == results.end() ? std::nullopt : found->value(world::vaquero);
  };
  auto few = rate_in(which.few);
  auto many = rate_in(which.many);
  return few && many ? std::optional(*few / *many) : std::nullopt;
}

std::vector<row_result> compare(const comparison_options& options, const deadline& limit,
                                std::vector<std::string>& notes) {
  std::unique_ptr<beam_code> beam;
  auto rows = chosen_rows(options);
  if (!options.skipped.contains(world::beam)) {
    require_beam();
    beam = std::make_unique<beam_code>(limit);
  }
  std::vector<row_result> results;
  for (const row* each : rows) {
    row_runs runs(*each, options, beam.get());
    for (unsigned round = 1; round <= options.rounds; ++round)
      runs.round(round, limit, notes);
    results.push_back(std::move(runs.result));
  }
  return results;
}

void add_rows(report& out, const std::vector<row_result>& results) {
  out.results_name = "rows";
  out.table.push_back({"row", "unit", "vaquero", "caf_sharing", "caf_stealing", "beam", "to beam",
                       "to best caf", "goal", ""});
  for (const row_result& result : results) {
    const row& what = *result.what;
    boost::json::object document{{"name", what.name}, {"unit", what.unit}};
    std::vector<std::string> line{what.name, what.unit};
    for (world where : worlds) {
      auto value = result.value(where);
      line.push_back(cell(value, 0));
      document[name_of(where)] = value ? boost::json::value(*value) : nullptr;
    }
    line.push_back(cell(ratio_to(result, {world::beam}), 2));
    line.push_back(cell(ratio_to(result, {world::caf_sharing, world::caf_stealing}), 2));
    auto met = goal_met(result);
    line.push_back(goal_text(what));
    line.push_back(!met ? "" : *met ? "met" : "NOT MET");
    out.table.push_back(std::move(line));
    out.results.push_back(std::move(document));
  }
  for (const growth& each : all_growths())
    if (auto grown = growth_of(each, results))
      out.goals.push_back(
          {.what = std::string("cost of a message, ") + each.many + " to " + each.few,
           .at_most = growth_max,
           .measured = *grown,
           .decimals = 2});
}

} // namespace vaquero::bench
