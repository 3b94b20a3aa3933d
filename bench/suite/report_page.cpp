#include "bench/suite/report_page.hpp"

#include "bench/suite/page_template.hpp"
#include "bench/suite/ws_result.hpp"

#include <boost/json.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace vaquero::bench {

namespace {

/// What table and page ask of a run.
constexpr std::array run_members{
    "name",       "workload",   "counted",    "connections",  "size",       "depth",  "seconds",
    "rate",       "operations", "unanswered", "latency_us",   "client",     "server", "others_cpu",
    "bottleneck", "timeline",   "calls",      "instructions", "asked_rate", "notes"};

const boost::json::array* list_in(const boost::json::object& content, const char* key) {
  const auto* found = content.if_contains(key);
  return found == nullptr ? nullptr : found->if_array();
}

void check_runs(const boost::json::array& runs, const std::string& path) {
  for (const auto& each : runs)
    for (const char* member : run_members)
      if (!each.is_object() || !each.as_object().contains(member))
        throw std::invalid_argument(path + " is no result of vaquero bench: a run has no \"" +
                                    member + '"');
}

/// Where the data stand, "</script>" must not.
std::string without_tags(std::string json) {
  for (auto at = json.find('<'); at != json.npos; at = json.find('<', at))
    json.replace(at, 1, "\\u003c");
  return json;
}

std::string about(const run_document& document) {
  const auto& content = document.content;
  const auto& machine = content.at("machine").as_object();
  std::ostringstream text;
  text << content.at("time").as_string() << ", " << machine.at("processors") << " x "
       << machine.at("processor").as_string() << ", " << machine.at("kernel").as_string() << ": "
       << content.at("command_line").as_string();
  auto line = text.str();
  std::erase(line, '"');
  return line;
}

} // namespace

run_document read_document(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::invalid_argument("cannot read " + path);
  std::stringstream text;
  text << in.rdbuf();
  boost::json::error_code error;
  const auto value = boost::json::parse(text.str(), error);
  if (error || !value.is_object())
    throw std::invalid_argument(path + " is no JSON of vaquero bench: " + error.message());
  run_document document{std::filesystem::path(path).stem().string(), value.as_object()};
  const auto& content = document.content;
  for (const char* each : {"program", "time", "command_line", "machine"})
    if (!content.contains(each))
      throw std::invalid_argument(path + " is no result of vaquero bench: it has no \"" + each +
                                  '"');
  const auto* runs = list_in(content, "results");
  if (runs != nullptr) check_runs(*runs, path);
  if (runs == nullptr && list_in(content, "rows") == nullptr)
    throw std::invalid_argument(path + " is no result of vaquero bench: it has neither "
                                       "\"results\" nor \"rows\"");
  return document;
}

boost::json::array runs_in(const std::vector<run_document>& documents) {
  boost::json::array all;
  std::set<std::string> names;
  for (const run_document& each : documents) {
    const auto* runs = list_in(each.content, "results");
    if (runs == nullptr) continue;
    for (auto run : *runs) {
      std::string name(run.at("name").as_string());
      if (names.contains(name)) name += " (" + each.name + ")";
      while (!names.insert(name).second)
        name += "'";
      run.as_object()["name"] = name;
      all.push_back(std::move(run));
    }
  }
  return all;
}

void write_page(const std::string& path, const std::vector<run_document>& documents) {
  auto runs = runs_in(documents);
  boost::json::array table;
  for (const auto& row : table_of(runs))
    table.emplace_back(boost::json::array(row.begin(), row.end()));
  boost::json::array lines, comparisons;
  for (const run_document& each : documents) {
    lines.emplace_back(about(each));
    if (const auto* rows = list_in(each.content, "rows"))
      comparisons.push_back({{"name", each.name}, {"rows", *rows}});
  }
  const boost::json::object data{{"about", std::move(lines)},
                                 {"runs", std::move(runs)},
                                 {"table", std::move(table)},
                                 {"comparisons", std::move(comparisons)}};
  std::ofstream out(path);
  out << page_begin << without_tags(boost::json::serialize(data)) << page_end;
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

} // namespace vaquero::bench
