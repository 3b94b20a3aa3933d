#include "runtime/detail/pace.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace vaquero::detail {

namespace {

std::uint64_t steps_between(const moment& from, const moment& to) {
  return to.done.messages - from.done.messages + to.turns - from.turns;
}

bool is_slow(const moment& from, const moment& to) {
  return to.time - from.time >
         static_cast<std::int64_t>(steps_between(from, to)) * pace::coarse_step;
}

} // namespace

void pace::begin(const moment& now) noexcept {
  seen_ = trial_began_ = now;
  is_measuring_ = true;
  was_coarse_ = is_coarse_ = has_backlog_ = false;
  stolen_ = 0;
}

void pace::look(const moment& now, bool someone_waits) noexcept {
  if (std::exchange(is_measuring_, true))
    was_coarse_ = std::exchange(is_coarse_, is_slow(seen_, now));
  else
    was_coarse_ = is_coarse_ = has_backlog_ = false;
  if (!std::exchange(has_backlog_, someone_waits)) backlog_since_ = now.time;
  seen_ = now;
}

bool pace::wants_help(timer_clock::time_point now,
                      timer_clock::time_point next_try) const noexcept {
  if (!has_backlog_) return false;
  if (is_coarse_ && was_coarse_) return true;
  return now - backlog_since_ >= backlog_min && now >= next_try;
}

pace::verdict pace::judge(const moment& now) noexcept {
  if (now.time - trial_began_.time < trial) return verdict::none;
  const auto from = std::exchange(trial_began_, now);
  const auto stolen = std::exchange(stolen_, 0);
  if (is_slow(from, now)) return verdict::coarse;
  // Messages that one core sends and another handles are seen by their blocks, which do not come back.
  const auto blocks = std::abs(now.done.blocks - from.done.blocks);
  const auto strangers =
      now.done.moved - from.done.moved + stolen + static_cast<std::uint64_t>(blocks);
  return strangers * strangers_share > steps_between(from, now) ? verdict::pays_not : verdict::pays;
}

void next_try::has_failed(timer_clock::time_point now) noexcept {
  const std::chrono::milliseconds pause{pause_.load(std::memory_order_relaxed)};
  time_.store((now + pause).time_since_epoch().count(), std::memory_order_relaxed);
  pause_.store(std::min(2 * pause, pause_max).count(), std::memory_order_relaxed);
}

void next_try::has_paid() noexcept {
  if (pause_.load(std::memory_order_relaxed) != pause_min.count())
    pause_.store(pause_min.count(), std::memory_order_relaxed);
}

} // namespace vaquero::detail
