// When each operation of an open loop is due: one after the other, at one rate. What is late is measured
// from here, so that a server that stalls does not hide what it kept waiting. A value.
#pragma once

#include "bench/suite/client_connection.hpp"

#include <cstdint>

namespace vaquero::bench {

class schedule {
 public:
  /// The loads of `workers` take turns, of which this is number `own`. A rate of 0 is no schedule.
  schedule(double rate, unsigned own = 0, unsigned workers = 1)
      : interval_(rate > 0 ? 1e9 * workers / rate : 0), shift_(rate > 0 ? 1e9 * own / rate : 0) {}

  explicit operator bool() const { return interval_ > 0; }

  void start(load_clock::time_point now) {
    start_ = now + std::chrono::nanoseconds(static_cast<std::int64_t>(shift_));
  }

  load_clock::time_point due(std::uint64_t number) const {
    return start_ + std::chrono::nanoseconds(
                        static_cast<std::int64_t>(interval_ * static_cast<double>(number)));
  }

  /// How many are due by then.
  std::uint64_t due_until(load_clock::time_point now) const {
    if (now < start_) return 0;
    const auto passed = static_cast<double>((now - start_).count());
    return static_cast<std::uint64_t>(passed / interval_) + 1;
  }

 private:
  double interval_; // ns
  double shift_;
  load_clock::time_point start_{};
};

} // namespace vaquero::bench
