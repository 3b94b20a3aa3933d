#include "bench/support/report.hpp"

#include "bench/support/process_stats.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <stdexcept>

namespace vaquero::bench {

namespace {

std::string now_utc() {
  std::time_t now = std::time(nullptr);
  std::ostringstream text;
  text << std::put_time(std::gmtime(&now), "%Y-%m-%dT%H:%M:%SZ");
  return text.str();
}

} // namespace

void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& table) {
  std::vector<std::size_t> widths;
  for (const auto& row : table)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], row[i].size());
    }
  for (const auto& row : table) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string padding(widths[i] - row[i].size(), ' ');
      if (i == 0)
        out << row[i] << padding;
      else
        out << "  " << padding << row[i];
    }
    out << '\n';
  }
}

std::string format_number(double value, int decimals) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(decimals) << value;
  std::string digits = text.str();
  auto point = std::min(digits.find('.'), digits.size());
  std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (auto at = point; at > first + 3; at -= 3)
    digits.insert(at - 3, 1, ',');
  return digits;
}

bool goal::met() const {
  double scale = std::pow(10.0, decimals);
  return std::round(measured * scale) <= std::round(at_most * scale);
}

report::report(std::string program, int argc, const char* const* argv)
    : program_(std::move(program)) {
  for (int i = 0; i < argc; ++i) {
    std::string word = argv[i];
    bool quoted = word.find(' ') != std::string::npos;
    if (i > 0) command_line_ += ' ';
    if (quoted) command_line_ += '\'';
    command_line_ += word;
    if (quoted) command_line_ += '\'';
  }
}

void report::print(std::ostream& out) const {
  machine_description machine = describe_machine();
  out << program_ << ", " << now_utc() << ", " << machine.processors << " x " << machine.processor
      << ", " << machine.kernel << "\n\n";
  print_table(out, table);
  if (!notes.empty()) out << '\n';
  for (const std::string& note : notes)
    out << note << '\n';
  if (goals.empty()) return;
  out << '\n';
  std::vector<std::vector<std::string>> lines{{"goal", "at most", "measured", ""}};
  for (const goal& each : goals)
    lines.push_back({each.what, format_number(each.at_most, each.decimals),
                     format_number(each.measured, each.decimals), each.met() ? "met" : "NOT MET"});
  print_table(out, lines);
}

boost::json::object report::document() const {
  machine_description machine = describe_machine();
  boost::json::array goal_list;
  for (const goal& each : goals)
    goal_list.push_back({{"what", each.what},
                         {"at_most", each.at_most},
                         {"measured", each.measured},
                         {"met", each.met()}});
  boost::json::object all{{"program", program_},
                          {"time", now_utc()},
                          {"command_line", command_line_},
                          {"machine",
                           {{"processor", machine.processor},
                            {"processors", machine.processors},
                            {"kernel", machine.kernel}}},
                          {"settings", settings},
                          {results_name, results},
                          {"goals", std::move(goal_list)}};
  all["notes"] = boost::json::array(notes.begin(), notes.end());
  return all;
}

void report::write_json(const std::string& path) const {
  if (path.empty()) return;
  std::ofstream out(path);
  out << document() << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

void progress(const std::string& line) { std::cerr << line << std::endl; }

} // namespace vaquero::bench
