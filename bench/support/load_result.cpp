#include "bench/support/load_result.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace vaquero::bench {

namespace {

constexpr const char* not_measured = "-";

std::string cell(bool known, double value, int decimals) {
  return known ? format_number(value, decimals) : not_measured;
}

std::string title(const load_result& result) {
  return result.load.empty() ? result.server : result.server + " " + result.load;
}

std::string breakdown(const load_result& result) {
  std::vector<std::pair<std::string, std::uint64_t>> calls(result.calls->begin(),
                                                           result.calls->end());
  std::sort(calls.begin(), calls.end(),
            [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [name, count] : calls) {
    double each = result.per_operation(count);
    // Rarer ones are the attaching of strace and the odd timer.
    if (each >= 0.005) text += (text.empty() ? "" : ", ") + name + " " + format_number(each, 2);
  }
  return title(result) + ": " + text;
}

boost::json::object to_json(const load_result& result) {
  boost::json::object row{{"server", result.server}, {"load", result.load}};
  if (result.instructions) row["instructions"] = *result.instructions;
  if (result.calls) {
    boost::json::object calls;
    for (const auto& [name, count] : *result.calls)
      calls[name] = result.per_operation(count);
    row["recv"] = result.per_operation(receive_calls(*result.calls));
    row["send"] = result.per_operation(send_calls(*result.calls));
    row["calls"] = std::move(calls);
  }
  boost::json::array samples;
  for (const timed_sample& each : result.samples)
    samples.push_back({{"operations", each.operations},
                       {"seconds", each.seconds},
                       {"rate", each.rate()},
                       {"server_cpu_us", each.server_cpu_us},
                       {"server_cpu", each.server_cpu},
                       {"client_cpu", each.client_cpu},
                       {"others_cpu", each.others_cpu}});
  row["samples"] = std::move(samples);
  for (auto [name, values] : {std::pair{"p50_us", &result.p50_us}, {"p99_us", &result.p99_us}})
    if (!values->empty()) row[name] = boost::json::array(values->begin(), values->end());
  return row;
}

} // namespace

double load_result::per_operation(std::uint64_t calls_made) const {
  return static_cast<double>(calls_made) /
         static_cast<double>(std::max<std::uint64_t>(calls_operations, 1));
}

double load_result::median_of(double timed_sample::*member) const {
  std::vector<double> values;
  for (const timed_sample& each : samples)
    values.push_back(each.*member);
  return median(std::move(values));
}

double load_result::median_rate() const {
  std::vector<double> values;
  for (const timed_sample& each : samples)
    values.push_back(each.rate());
  return median(std::move(values));
}

void add_results(report& out, const std::vector<load_result>& results, const std::string& operation,
                 const std::string& operations) {
  out.table.push_back({"per " + operation, "instructions", "recv", "send", "all calls", "CPU us",
                       operations + "/s", "server CPU", "client CPU", "others"});
  const bool latencies = std::any_of(results.begin(), results.end(),
                                     [](const load_result& each) { return !each.p50_us.empty(); });
  if (latencies) out.table.back().insert(out.table.back().end(), {"p50 us", "p99 us"});
  for (const load_result& each : results) {
    bool timed = !each.samples.empty();
    bool traced = each.calls.has_value();
    syscall_counts calls = each.calls.value_or(syscall_counts{});
    auto share = [&](double timed_sample::*member) {
      return timed ? format_number(100 * each.median_of(member), 0) + " %" : not_measured;
    };
    out.table.push_back({title(each),
                         cell(each.instructions.has_value(), each.instructions.value_or(0), 0),
                         cell(traced, each.per_operation(receive_calls(calls)), 2),
                         cell(traced, each.per_operation(send_calls(calls)), 2),
                         cell(traced, each.per_operation(all_calls(calls)), 2),
                         cell(timed, each.median_of(&timed_sample::server_cpu_us), 2),
                         cell(timed, each.median_rate(), 0), share(&timed_sample::server_cpu),
                         share(&timed_sample::client_cpu), share(&timed_sample::others_cpu)});
    if (latencies)
      for (const std::vector<double>& each_round : {each.p50_us, each.p99_us})
        out.table.back().push_back(cell(!each_round.empty(), median(each_round), 0));
    if (traced) out.notes.push_back("calls per " + operation + ", " + breakdown(each));
    out.results.push_back(to_json(each));
  }
}

void add_ratios(report& out, const std::vector<load_result>& results) {
  for (const load_result& each : results) {
    auto base = std::find_if(results.begin(), results.end(),
                             [&](const load_result& other) { return other.load == each.load; });
    if (&*base == &each) continue;
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(each.samples.size(), base->samples.size()); ++i)
      if (base->samples[i].server_cpu_us > 0)
        ratios.push_back(each.samples[i].server_cpu_us / base->samples[i].server_cpu_us);
    if (!ratios.empty())
      out.notes.push_back("CPU us, " + title(each) + " / " + base->server + ": " +
                          format_number(median(ratios), 2) + " (median of " +
                          std::to_string(ratios.size()) + " rounds in turn)");
  }
}

} // namespace vaquero::bench
