// How fast a worker gets on, and by this whether its jobs are worth a second core: those that compute are,
// those that mostly talk to each other are not, for a line of the cache that two cores fight for costs more
// than a message. Plain data of one worker: it knows no clock, and is told what time it is.
#pragma once

#include "runtime/detail/traffic.hpp"
#include "runtime/timer_queue.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace vaquero::detail {

/// What a worker's clock and counters say.
struct moment {
  timer_clock::time_point time;
  traffic done;
  std::uint64_t turns = 0;
};

class pace {
 public:
  /// A worker looks after so many turns: a clock read that few turns pay for. Odd, so that of two who take
  /// turns both are seen.
  static constexpr std::uint64_t look_interval = 15;

  /// A message or a turn that takes longer is work, and more than it costs to hand it to another core.
  static constexpr std::chrono::microseconds coarse_step{1};

  /// Short work that waits for so long is given a try on a second core: many pairs that talk only to each
  /// other gain by it, and a single wake-up is nothing to them.
  static constexpr std::chrono::milliseconds backlog_min{2};

  /// A try is judged after so long.
  static constexpr std::chrono::microseconds trial{200};

  /// One in so many messages and turns may come from another core.
  static constexpr std::uint64_t strangers_share = 8;

  /// The worker found work: what was before does not count.
  void begin(const moment& now) noexcept;

  /// Every `look_interval` turns. `someone_waits`: behind the job that is next.
  void look(const moment& now, bool someone_waits) noexcept;

  /// Instead of it, where nobody waits and there is no news: it spares the clock.
  void look_away() noexcept { is_measuring_ = false; }

  /// Whether anything came from another core since the last look, or went there.
  bool has_news(const traffic& done) const noexcept {
    return done.moved != seen_.done.moved || done.blocks != seen_.done.blocks || stolen_ != 0;
  }

  /// Whether what waits had better be run by others, too. Short work only if it may be tried again.
  bool wants_help(timer_clock::time_point now, timer_clock::time_point next_try) const noexcept;

  /// So many jobs were taken from another worker.
  void note_stolen(std::size_t jobs) noexcept { stolen_ += jobs; }

  enum class verdict {
    none,     // too early
    coarse,   // its jobs compute
    pays,     // they are short, and talk to each other on this core
    pays_not, // they are short, and mostly talk to others
  };
  /// At the end of each `trial` the next begins.
  verdict judge(const moment& now) noexcept;

 private:
  moment seen_;               // at the last look
  bool is_measuring_ = false; // since then
  bool is_coarse_ = false;
  bool was_coarse_ = false; // once may be because the thread was not run
  bool has_backlog_ = false;
  timer_clock::time_point backlog_since_;
  moment trial_began_;
  std::uint64_t stolen_ = 0; // during the trial
};

/// When short work may be tried on a second core again. Common to all workers; any thread.
class next_try {
 public:
  /// After the first failure, and after a success, so long; twice as long with each failure: at the end a try
  /// takes less than 1 % of the time.
  static constexpr std::chrono::milliseconds pause_min{4};
  static constexpr std::chrono::milliseconds pause_max{64};

  timer_clock::time_point time() const noexcept {
    return timer_clock::time_point{timer_clock::duration{time_.load(std::memory_order_relaxed)}};
  }
  void has_failed(timer_clock::time_point now) noexcept;
  void has_paid() noexcept;

 private:
  std::atomic<timer_clock::rep> time_ = 0;
  std::atomic<std::chrono::milliseconds::rep> pause_ = pause_min.count();
};

} // namespace vaquero::detail
