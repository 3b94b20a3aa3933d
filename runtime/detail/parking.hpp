// Where workers sleep that have nothing to do, and where jobs wait that come from other threads. One
// mutex guards both, so no wake-up is lost: a job is put here and a sleeper chosen in one step, and a
// worker sees that there is no job and lies down in one step. Any thread.
#pragma once

#include <caf/resumable.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace vaquero::detail {

class run_queue;

class parking {
 public:
  /// `someone_waits`: whether a job waits in the queue of any worker; called under the mutex.
  parking(std::size_t workers, std::function<bool()> someone_waits);

  /// What workers look at before each job, without the lock. It may be a moment old: the queues of the
  /// workers are emptied by their owners, so that a hint missed costs time and no job.
  enum hint : unsigned {
    has_injected = 1, // jobs wait here
    can_wake = 2,     // a worker sleeps, and none is being woken
    can_watch = 4,    // a worker sleeps, and none watches the others
    is_stopping = 8,
  };
  unsigned hints() const noexcept { return hints_.load(std::memory_order_relaxed); }

  // -- whoever has work -----------------------------------------------------------------------------

  /// A job from a thread that is no worker. Wakes a worker, unless one is on its way: that one calls
  /// the next if there is more than it takes.
  void inject(caf::resumable* job);

  /// More waits than the caller can run soon: wakes a worker to steal.
  void wake_one();

  /// One job waits behind the one that runs. Has a sleeper see to it that it does not wait for long.
  void watch_one();

  // -- workers ----------------------------------------------------------------------------------------

  enum class reason { work, watch_begins, watch_ends, stop };

  /// Sleeps until there is something to do. Without a timeout if all others sleep. Else it gets up once,
  /// after `watch_period`, and has a look whether a job waits: of whoever put one into his queue while
  /// this worker lay down, and did not see it, nobody else would know.
  reason park(std::size_t worker);

  /// The worker that got `watch_begins` has noted what the others do: sleeps for `watch_period`, unless
  /// there is work.
  reason park_on_watch(std::size_t worker);

  /// A worker that was woken for work has found some. Must be called, or nobody else is woken.
  void found_work(std::size_t worker);

  /// Moves what was given to this worker, and its share of the injected jobs, to the end of its queue.
  void take_injected(std::size_t worker, run_queue& to);

  /// Gives all jobs of a worker's own queue to another, which takes them soon. False if that one sleeps:
  /// then they stay where they are.
  bool give(run_queue& from, std::size_t worker);

  /// Takes what was given to a worker that is stuck. Returns whether there was something.
  bool take_given(std::size_t worker, run_queue& to);

  // -- the end --------------------------------------------------------------------------------------------

  void stop();

  /// What is left.
  std::deque<caf::resumable*> take_rest();

  /// Waits until all workers sleep without a timeout. False if that took longer than this.
  bool wait_until_idle(std::chrono::milliseconds patience);

 private:
  // A job is stuck when it saw this much time go by behind one other.
  static constexpr std::chrono::milliseconds watch_period{2};
  static constexpr std::size_t share_max = 64;

  struct seat {
    std::condition_variable changed;
    bool is_called = false;   // it is to get up
    bool is_waking = false;   // it got up, and has not found work yet
    bool is_watching = false; // it is the watcher
    std::vector<caf::resumable*>
        given; // by another worker; it does not lie down before it took them
  };
  using locked = std::unique_lock<std::mutex>;

  bool take_from(seat& here, run_queue& to);
  bool lie_down(seat& here);
  bool someone_waits() const;
  bool wait_briefly(locked& lock, seat& here);
  reason get_up(seat& here);
  seat* call_one();
  seat* call_watcher();
  bool is_idle() const noexcept;
  void note() noexcept;

  const std::function<bool()> someone_waits_;
  std::mutex mutex_;
  std::deque<caf::resumable*> injected_;
  std::size_t seats_given_to_ = 0;
  std::vector<std::unique_ptr<seat>> seats_;
  std::vector<seat*> asleep_; // who lay down last is woken first: its caches are warm
  bool is_waking_ = false;    // one worker at a time is woken
  bool has_watcher_ = false;
  std::size_t briefly_ = 0; // asleep with a timeout
  bool is_stopping_ = false;
  std::condition_variable is_idle_;
  std::atomic<unsigned> hints_ = 0;
};

} // namespace vaquero::detail
