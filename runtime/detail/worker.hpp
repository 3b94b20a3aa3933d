// One thread of the scheduler and its run queue: takes jobs in order, steals when it has none, sleeps
// when nobody has.
#pragma once

#include "runtime/detail/pace.hpp"
#include "runtime/detail/run_queue.hpp"

#include <caf/execution_unit.hpp>

#include <thread>

namespace vaquero::detail {

class coordinator;
class parking;

/// What a job's `resume` returns whose place in line was no reference: nobody may touch it any more. CAF
/// has this for jobs that end its own workers.
inline constexpr auto turn_is_over = caf::resumable::shutdown_execution_unit;

class worker final : public caf::execution_unit {
 public:
  worker(coordinator& parent, parking& rest, std::size_t number, std::size_t budget);

  /// The worker whose thread this is; nullptr if it is no worker's.
  static worker* current() noexcept { return current_; }

  const coordinator& parent() const noexcept { return parent_; }

  void start();
  void join();

  /// Any thread, for CAF allows it where an actor's context is used late. On the worker's own the job
  /// goes to the end of its queue, elsewhere to those that are injected.
  void exec_later(caf::resumable* job) override;

  /// The worker's own thread.
  void push(caf::resumable* job);

  /// Any thread: a moment old.
  bool has_waiting() const noexcept { return queue_.size() != 0; }

  /// After join: what is left in the queue.
  caf::resumable* take_rest() { return queue_.pop(); }

  /// Any thread: a moment old.
  std::uint64_t turns() const noexcept { return turns_.load(std::memory_order_relaxed); }
  std::uint64_t steals() const noexcept { return steals_.load(std::memory_order_relaxed); }
  std::uint64_t sleeps() const noexcept { return sleeps_.load(std::memory_order_relaxed); }

 private:
  using counter = std::atomic<std::uint64_t>;

  static void set(std::atomic<bool>& what, bool to) noexcept {
    if (what.load(std::memory_order_relaxed) != to) what.store(to, std::memory_order_relaxed);
  }
  static void count(counter& what) noexcept {
    what.store(what.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void run();
  void execute(caf::resumable* job);
  caf::resumable* next();
  caf::resumable* last_turns();
  caf::resumable* search();
  caf::resumable* look_around();
  caf::resumable* steal(bool from_stuck);
  void note_turns();
  moment now() const noexcept;
  void look();
  void join_others(timer_clock::time_point now);

  static constinit thread_local worker* current_;

  coordinator& parent_;
  parking& rest_;
  const std::size_t number_;
  const std::size_t budget_;
  run_queue queue_;
  bool is_alone_ = false; // there is no other worker
  std::uint64_t next_look_ = 0;
  pace pace_;
  std::atomic<bool> shares_ = false;   // others may take what waits here
  std::atomic<bool> is_brisk_ = false; // its jobs are short
  std::size_t last_turns_ = 0;
  bool is_stopping_ = false;
  counter turns_ = 0; // written by this thread alone, like the others
  counter steals_ = 0;
  counter sleeps_ = 0;
  std::vector<std::uint64_t> turns_seen_; // of the others, when the watch began
  std::thread thread_;
};

} // namespace vaquero::detail
