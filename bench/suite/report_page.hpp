// A page with the charts of one or several runs: one file that asks nobody for anything.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace vaquero::bench {

/// A --json of `vaquero bench`, and where it came from: names that two runs share are told apart by it.
struct run_document {
  std::string name;
  boost::json::object content;
};

/// Throws std::invalid_argument for a file that is none, with what is wrong.
run_document read_document(const std::string& path);

/// All runs of `vaquero bench ws` in them, with names of their own.
boost::json::array runs_in(const std::vector<run_document>& documents);

/// Throws std::runtime_error when it cannot be written.
void write_page(const std::string& path, const std::vector<run_document>& documents);

} // namespace vaquero::bench
