// How far a run is, on stderr: one line that is written over where that is a terminal, and a line every
// few seconds where it is not.
#pragma once

#include "bench/suite/client_connection.hpp"

#include <string>

namespace vaquero::bench {

class progress_line {
 public:
  progress_line();
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;
  /// Clears the line.
  ~progress_line();

  /// Another part of the run begins: always told.
  void begin(const std::string& text);
  /// How far it is by now: told if the last word was some time ago.
  void update(const std::string& text);

 private:
  void show(const std::string& text);

  bool is_terminal_;
  load_clock::time_point last_{};
};

} // namespace vaquero::bench
