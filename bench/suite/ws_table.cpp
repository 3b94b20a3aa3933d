#include "bench/suite/ws_result.hpp"

#include <boost/json.hpp>

#include <functional>

namespace vaquero::bench {

namespace {

using run = boost::json::object;

/// A row: its name, and what stands there for a run. Empty where the run knows nothing of it.
struct row_of_runs {
  const char* name;
  std::function<std::string(const run&)> cell;
};

double number(const boost::json::value& value) {
  return value.is_null() ? 0 : value.to_number<double>();
}

std::string percent(const boost::json::value& share) {
  return format_number(100 * number(share), 0) + " %";
}

std::string time_text(double microseconds) {
  if (microseconds < 1'000) return format_number(microseconds, microseconds < 100 ? 1 : 0) + " us";
  if (microseconds < 1e6) return format_number(microseconds / 1e3, 2) + " ms";
  return format_number(microseconds / 1e6, 2) + " s";
}

std::string bytes_text(const boost::json::value& bytes) {
  return format_number(number(bytes) / (1024 * 1024), 1) + " MiB";
}

auto latency(const char* which) {
  return [which](const run& each) -> std::string {
    const auto& times = each.at("latency_us").as_object();
    if (number(times.at("max")) <= 0) return {};
    return time_text(number(times.at(which)));
  };
}

auto of_server(const std::function<std::string(const run&)>& cell) {
  return [cell](const run& each) -> std::string {
    return each.at("server").is_null() ? "" : cell(each.at("server").as_object());
  };
}

std::string load_text(const run& each) {
  std::string text = format_number(number(each.at("connections")), 0) + " x " +
                     format_number(number(each.at("size")), 0) + " bytes";
  const bool is_silent = each.at("workload") == "idle" || each.at("workload") == "timers";
  if (is_silent) return format_number(number(each.at("connections")), 0) + " silent";
  if (each.at("asked_rate").is_null())
    return text + ", depth " + format_number(number(each.at("depth")), 0);
  return text + ", " + format_number(number(each.at("asked_rate")), 0) + "/s";
}

std::string operations_text(const run& each) {
  if (each.at("workload") == "idle") return {};
  return format_number(number(each.at("operations")), 0) + " " +
         std::string(each.at("counted").as_string());
}

std::string rate_text(const run& each) {
  return each.at("workload") == "idle" ? "" : format_number(number(each.at("rate")), 1);
}

std::string latency_kind(const run& each) {
  if (number(each.at("latency_us").at("max")) <= 0) return {};
  const auto& from = each.at("latency_us").at("from");
  if (from == "due") return "from when it was due";
  return from == "send" ? "closed loop" : "between messages";
}

std::string calls_text(const run& each) {
  if (each.at("calls").is_null()) return {};
  double all = 0;
  for (const auto& [name, count] : each.at("calls").as_object())
    all += number(count);
  return format_number(all, 2);
}

const std::vector<row_of_runs>& rows() {
  static const std::vector<row_of_runs> all{
      {"load", load_text},
      {"done", operations_text},
      {"seconds", [](const run& each) { return format_number(number(each.at("seconds")), 1); }},
      {"a second", rate_text},
      {"unanswered",
       [](const run& each) -> std::string {
         const auto missing = number(each.at("unanswered"));
         return missing > 0 ? format_number(missing, 0) : "";
       }},
      {"latency", latency_kind},
      {"  p50", latency("p50")},
      {"  p90", latency("p90")},
      {"  p99", latency("p99")},
      {"  p99.9", latency("p99_9")},
      {"  max", latency("max")},
      {"server CPU", of_server([](const run& server) { return percent(server.at("cpu")); })},
      {"  busiest thread",
       of_server([](const run& server) { return percent(server.at("busiest_thread")); })},
      {"  an operation", of_server([](const run& server) -> std::string {
         const auto cost = number(server.at("cpu_us"));
         return cost > 0 ? format_number(cost, 2) + " us" : "";
       })},
      {"client CPU", [](const run& each) { return percent(each.at("client").at("cpu")); }},
      {"  busiest thread",
       [](const run& each) { return percent(each.at("client").at("busiest_thread")); }},
      {"others' CPU", [](const run& each) { return percent(each.at("others_cpu")); }},
      {"bottleneck",
       [](const run& each) { return std::string(each.at("bottleneck").as_string()); }},
      {"server memory at first",
       of_server([](const run& server) { return bytes_text(server.at("resident_before")); })},
      {"  with connections",
       of_server([](const run& server) { return bytes_text(server.at("resident")); })},
      {"  at most",
       of_server([](const run& server) { return bytes_text(server.at("resident_max")); })},
      {"  bytes a connection", of_server([](const run& server) -> std::string {
         const auto& each = server.at("bytes_each");
         return each.is_null() ? "" : format_number(number(each), 0);
       })},
      {"instructions an operation",
       [](const run& each) -> std::string {
         const auto& count = each.at("instructions");
         return count.is_null() ? "" : format_number(number(count), 0);
       }},
      {"system calls an operation", calls_text},
  };
  return all;
}

} // namespace

std::vector<std::vector<std::string>> table_of(const boost::json::array& runs) {
  std::vector<std::vector<std::string>> table{{""}};
  for (const auto& each : runs)
    table.front().emplace_back(each.at("name").as_string());
  for (const row_of_runs& row : rows()) {
    std::vector<std::string> line{row.name};
    bool is_known = false;
    for (const auto& each : runs) {
      auto cell = row.cell(each.as_object());
      is_known = is_known || !cell.empty();
      line.push_back(cell.empty() ? "-" : std::move(cell));
    }
    if (is_known) table.push_back(std::move(line));
  }
  return table;
}

} // namespace vaquero::bench
