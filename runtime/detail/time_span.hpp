// A time as a verb takes it: a std::chrono::duration of any unit. What nanoseconds cannot hold, the longest
// of a coarser unit for example, becomes their longest, which is for ever, and not less than nothing.
#pragma once

#include <chrono>
#include <concepts>

namespace vaquero::detail {

class time_span {
 public:
  using duration = std::chrono::steady_clock::duration;

  template <class Rep, class Period>
  constexpr time_span(std::chrono::duration<Rep, Period> time) noexcept : time_(saturated(time)) {}

  constexpr operator duration() const noexcept { return time_; }

 private:
  template <class Duration>
  static constexpr duration saturated(Duration time) noexcept {
    if constexpr (std::same_as<Duration, duration>) {
      return time;
    } else {
      using approximate = std::chrono::duration<double, duration::period>;
      const approximate wanted = time;
      if (wanted >= approximate{duration::max()}) return duration::max();
      if (wanted <= approximate{duration::min()}) return duration::min();
      return std::chrono::duration_cast<duration>(time);
    }
  }

  duration time_;
};

} // namespace vaquero::detail
