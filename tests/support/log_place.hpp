// A log that a test reads.
#pragma once

#include "runtime/log.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace vaquero::testing {

/// A folder for a log; the log goes to stderr again behind it.
class log_place {
 public:
  log_place() {
    std::string name = std::filesystem::temp_directory_path() / "vaquero_logXXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~log_place() {
    set_log({});
    std::filesystem::remove_all(folder_);
  }

  std::string path() const { return folder_ / "log"; }

  /// The lines, each without the time in front.
  std::vector<std::string> lines() const {
    std::ifstream in{path()};
    std::vector<std::string> result;
    for (std::string line; std::getline(in, line);)
      result.push_back(line.substr(line.find(' ') + 1));
    return result;
  }

 private:
  std::filesystem::path folder_;
};

} // namespace vaquero::testing
