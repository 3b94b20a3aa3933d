#include "bench/support/deadline.hpp"

#include <algorithm>
#include <csignal>
#include <string>
#include <thread>

namespace vaquero::bench {

namespace {

// A signal handler reaches nothing but a global; it may do nothing but set it.
volatile std::sig_atomic_t caught_signal = 0;

} // namespace

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = [](int signal) { caught_signal = signal; };
  for (int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaction(signal, &action, nullptr);
}

bool was_signalled() { return caught_signal != 0; }

deadline deadline::within(clock::duration limit) const {
  deadline part = *this;
  part.end_ = std::min(end_, clock::now() + limit);
  return part;
}

void deadline::check(const char* awaited) const {
  if (was_signalled())
    throw interrupted("interrupted while waiting for " + std::string(awaited));
  if (clock::now() >= end_) throw timed_out("timed out while waiting for " + std::string(awaited));
}

void deadline::pause(const char* awaited) const {
  check(awaited);
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

} // namespace vaquero::bench
