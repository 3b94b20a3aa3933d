// Bounds every wait of a benchmark program: in time, and by the signals that ask it to end. A wait
// calls check() each time round; the exception unwinds, and unwinding ends the child processes.
#pragma once

#include <chrono>
#include <stdexcept>

namespace vaquero::bench {

struct timed_out : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct interrupted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Makes SIGINT, SIGTERM and SIGHUP visible to deadline::check(). Called once, by main.
void watch_signals();
/// Whether one of them came.
bool was_signalled();

class deadline {
 public:
  using clock = std::chrono::steady_clock;

  explicit deadline(clock::duration limit) : end_(clock::now() + limit) {}

  /// A part of this one: whichever ends first.
  deadline within(clock::duration limit) const;

  /// Throws interrupted after a signal, timed_out (naming `awaited`) after the end.
  void check(const char* awaited) const;

  /// Sleeps a millisecond, then checks: for waits in which nothing is measured.
  void pause(const char* awaited) const;

 private:
  clock::time_point end_;
};

} // namespace vaquero::bench
