// What a benchmark program says at its end: a table, notes and goals for people, JSON for programs.
#pragma once

#include <boost/json/object.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace vaquero::bench {

/// With thousands separated: 13,700 or 1.02.
std::string format_number(double value, int decimals);

/// A limit that the product is held to. Being missed fails no process: it is printed.
struct goal {
  std::string what;
  double at_most;
  double measured;
  int decimals = 0;

  /// As printed: a measurement that rounds to the limit meets it.
  bool met() const;
};

class report {
 public:
  report(std::string program, int argc, const char* const* argv);

  std::vector<std::vector<std::string>> table; // the first row names the columns
  std::vector<std::string> notes;
  std::vector<goal> goals;
  boost::json::array results;           // one object a row of the table
  const char* results_name = "results"; // their key in the JSON
  boost::json::object settings;         // what the command line, or its defaults, chose

  void print(std::ostream& out) const;
  /// All of it, as write_json() writes it.
  boost::json::object document() const;
  /// Nothing for an empty path. Throws std::runtime_error when it cannot be written.
  void write_json(const std::string& path) const;

 private:
  std::string program_;
  std::string command_line_;
};

/// Names to the left, numbers to the right.
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& table);

/// One line on stderr.
void progress(const std::string& line);

} // namespace vaquero::bench
