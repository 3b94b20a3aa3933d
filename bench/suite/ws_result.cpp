#include "bench/suite/ws_result.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <functional>

namespace vaquero::bench {

namespace {

/// A thread that was busy for so much of the time had nothing left to give.
constexpr double saturated = 0.9;
constexpr std::size_t distribution_points_max = 200;

double microseconds(histogram::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

/// What a latency counts from.
const char* latency_from(const ws_options& options) {
  if (options.workload == load_kind::timers || options.workload == load_kind::idle)
    return "previous";
  return options.rate > 0 ? "due" : "send";
}

boost::json::object latency_of(const ws_result& result, const ws_options& options) {
  boost::json::array points;
  const auto all = result.latency.distribution();
  const auto step = all.size() / distribution_points_max + 1;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i % step == 0 || i + 1 == all.size())
      points.push_back(boost::json::array{microseconds(all[i].first), all[i].second});
  const auto at = [&](double percent) { return microseconds(result.latency.percentile(percent)); };
  return {{"from", latency_from(options)},
          {"mean", microseconds(result.latency.mean())},
          {"p50", at(50)},
          {"p90", at(90)},
          {"p99", at(99)},
          {"p99_9", at(99.9)},
          {"max", microseconds(result.latency.max())},
          {"distribution", std::move(points)}};
}

double per_operation(double value, std::uint64_t operations) {
  return operations == 0 ? 0 : value / static_cast<double>(operations);
}

boost::json::value server_of(const ws_result& result) {
  if (!result.server) return nullptr;
  const auto& facts = *result.server;
  boost::json::array pids(facts.pids.begin(), facts.pids.end());
  boost::json::object server{
      {"pids", std::move(pids)},
      {"threads", facts.threads},
      {"cpu", facts.cpu},
      {"busiest_thread", facts.busiest_thread},
      {"cpu_us", per_operation(1e6 * facts.cpu * result.seconds, result.operations)},
      {"resident_before", facts.resident_before},
      {"resident", facts.resident},
      {"resident_max", facts.resident_max}};
  server["bytes_each"] = facts.bytes_each ? boost::json::value(*facts.bytes_each) : nullptr;
  return server;
}

boost::json::value calls_of(const ws_result& result) {
  if (!result.calls) return nullptr;
  boost::json::object calls;
  for (const auto& [name, count] : *result.calls)
    calls[name] = per_operation(static_cast<double>(count), result.calls_operations);
  return calls;
}

boost::json::array timeline_of(const ws_result& result) {
  boost::json::array points;
  for (const timeline_point& each : result.timeline) {
    boost::json::object point{{"s", each.at_s},
                              {"rate", each.rate},
                              {"p50_us", each.p50_us},
                              {"p99_us", each.p99_us},
                              {"client_cpu", each.client_cpu}};
    if (each.server_cpu) point["server_cpu"] = *each.server_cpu;
    if (each.resident_bytes) point["resident"] = *each.resident_bytes;
    points.push_back(std::move(point));
  }
  return points;
}

} // namespace

std::string ws_result::bottleneck() const {
  const bool is_client = client_busiest_thread >= saturated;
  if (!server) return "unknown";
  const bool is_server = server->busiest_thread >= saturated;
  if (is_client) return is_server ? "both" : "client";
  return is_server ? "server" : "neither";
}

boost::json::object to_json(const ws_result& result, const ws_options& options) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
  };
  const auto name = options.name.empty() ? std::string(name_of(options.workload)) : options.name;
  boost::json::object run{
      {"name", name},
      {"workload", name_of(options.workload)},
      {"counted", operations_of(options.workload)},
      {"url", options.url},
      {"connections", options.connections},
      {"size", options.size},
      {"depth", options.in_flight()},
      {"compression", options.compression},
      {"threads", options.threads},
      {"seconds", result.seconds},
      {"operations", result.operations},
      {"rate", result.seconds > 0 ? static_cast<double>(result.operations) / result.seconds : 0},
      {"unanswered", result.unanswered},
      {"latency_us", latency_of(result, options)},
      {"client", {{"cpu", result.client_cpu}, {"busiest_thread", result.client_busiest_thread}}},
      {"others_cpu", result.others_cpu},
      {"server", server_of(result)},
      {"calls", calls_of(result)},
      {"bottleneck", result.bottleneck()},
      {"timeline", timeline_of(result)},
      {"failure", text_or_null(result.failure)}};
  run["asked_rate"] = options.rate > 0 ? boost::json::value(options.rate) : nullptr;
  run["instructions"] = result.instructions ? boost::json::value(*result.instructions) : nullptr;
  run["notes"] = boost::json::array(result.notes.begin(), result.notes.end());
  return run;
}

} // namespace vaquero::bench
