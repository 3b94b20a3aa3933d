// What clients do to a node, in its log. Any of it a stranger can do again and again, so the first of a kind is
// a line, and later ones are when their count has doubled. Any thread.
#pragma once

#include "runtime/log.hpp"
#include "runtime/repeat_count.hpp"

#include <string>

namespace vaquero {

class client_log {
 public:
  /// `kind` is for the count: nothing of a client's stands in it. `line()` says what happened this time; it
  /// is called only where that is logged.
  template <class Line>
  void report(log_level level, const std::string& kind, Line&& line) {
    const auto count = seen_.add(kind);
    if (is_logged(level) && repeat_count::is_told(count)) write(level, kind, count, line());
  }

 private:
  static void write(log_level level, const std::string& kind, std::uint64_t count,
                    const std::string& line);

  repeat_count seen_;
};

} // namespace vaquero
