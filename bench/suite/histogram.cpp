#include "bench/suite/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace vaquero::bench {

namespace {

// Below 2 * parts each class is one nanosecond; from there on each power of two has `parts` classes.
constexpr unsigned part_bits = 7;
constexpr std::uint64_t parts = 1 << part_bits;
constexpr unsigned value_bits = 42;
constexpr std::uint64_t value_max = (std::uint64_t{1} << value_bits) - 1;

std::size_t class_of(std::uint64_t value) {
  if (value < 2 * parts) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - part_bits - 1;
  return shift * parts + (value >> shift);
}

histogram::duration upper_edge(std::size_t index) {
  if (index < 2 * parts) return histogram::duration(index);
  const auto shift = index / parts - 1;
  const auto part = index % parts + parts;
  return histogram::duration(((part + 1) << shift) - 1);
}

} // namespace

histogram::histogram() : classes_(class_of(value_max) + 1) {}

void histogram::add(duration value, std::uint64_t times) {
  const auto ticks = static_cast<std::uint64_t>(std::max<duration::rep>(value.count(), 0));
  classes_[class_of(std::min(ticks, value_max))] += times;
  count_ += times;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(ticks) * static_cast<double>(times);
}

void histogram::add(const histogram& other) {
  for (std::size_t i = 0; i < classes_.size(); ++i)
    classes_[i] += other.classes_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

void histogram::clear() {
  std::ranges::fill(classes_, 0);
  count_ = 0;
  max_ = {};
  sum_ = 0;
}

histogram::duration histogram::mean() const {
  if (count_ == 0) return {};
  return duration(std::llround(sum_ / static_cast<double>(count_)));
}

histogram::duration histogram::percentile(double percent) const {
  if (count_ == 0) return {};
  const auto wanted = std::max(1.0, std::ceil(percent / 100 * static_cast<double>(count_)));
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    below += classes_[i];
    if (static_cast<double>(below) >= wanted) return std::min(upper_edge(i), max_);
  }
  return max_;
}

std::vector<std::pair<histogram::duration, double>> histogram::distribution() const {
  std::vector<std::pair<duration, double>> result;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    if (classes_[i] == 0) continue;
    below += classes_[i];
    result.emplace_back(std::min(upper_edge(i), max_),
                        100 * static_cast<double>(below) / static_cast<double>(count_));
  }
  return result;
}

} // namespace vaquero::bench
