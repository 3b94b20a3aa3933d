// How often which duration was seen, in classes that are 1/128 of their value wide or less, from 1 ns
// to 73 minutes. 36 KB, however many are added; a value.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace vaquero::bench {

class histogram {
 public:
  using duration = std::chrono::nanoseconds;

  histogram();

  /// A negative duration counts as none.
  void add(duration value, std::uint64_t times = 1);
  void add(const histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  duration max() const { return max_; }
  /// Zero where nothing was added, as is a percentile.
  duration mean() const;

  /// What `percent` of the values, 0 to 100, are at most: the upper edge of a class, or the maximum.
  duration percentile(double percent) const;

  /// Each class that holds a value: its upper edge, and the percentage of values at or below.
  std::vector<std::pair<duration, double>> distribution() const;

 private:
  std::vector<std::uint64_t> classes_;
  std::uint64_t count_ = 0;
  duration max_{0};
  double sum_ = 0;
};

} // namespace vaquero::bench
