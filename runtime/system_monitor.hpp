// What watches a node: a callback that runs for long, a mailbox that is long, a loop that does not come to
// rest. A thread of its own looks at the threads that run processes, and sleeps while they do. What it
// sees goes to one process, as Erlang's system_monitor, or to a function, or to the log. Any thread.
#pragma once

#include "runtime/signals.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace vaquero {

class process_table;

/// A callback has run for so long, and goes on. Reported again each time that this has doubled.
struct long_callback {
  std::string where; // "hello in websocket_handle"
  std::chrono::milliseconds at_least;
};

/// A mailbox has become long, or (`is_over`) is short again. Each comes once.
struct long_mailbox {
  pid process;
  std::uint32_t length;
  bool is_over;
};

/// A loop runs one callback after the other, and its sockets have waited for so long. As long_callback.
struct busy_loop {
  std::string where; // the callback that runs now
  std::chrono::milliseconds at_least;
};

/// The times are longer than 0, and the short mailbox is shorter than the long one.
struct system_monitor_options {
  std::chrono::milliseconds long_callback{300};
  std::chrono::milliseconds busy_loop{1000};

  /// A mailbox is long from the first length on, and short again below the second. It is looked at once in
  /// every 1,024 messages that come while the process takes none.
  std::uint32_t long_mailbox = 16'384;
  std::uint32_t short_mailbox = 8'192;
};

/// What a thread that runs callbacks shows of it.
class watched_thread {
 public:
  struct activity {
    std::uintptr_t running = 0; // which callback; 0 is none
    std::uint64_t progress = 0; // changes with each callback that begins
    std::uint64_t turns = 0;    // changes when everybody had his turn
    bool operator==(const activity&) const = default;
  };
  /// Any thread.
  virtual activity watch() const = 0;

  /// What runs, in words. Any thread.
  virtual std::string describe(std::uintptr_t running) const = 0;

 protected:
  ~watched_thread() = default;
};

class system_monitor {
 public:
  using event = std::variant<long_callback, long_mailbox, busy_loop>;
  using reporter = std::function<void(const event&)>;

  explicit system_monitor(const process_table& processes);
  ~system_monitor();
  system_monitor(const system_monitor&) = delete;
  system_monitor& operator=(const system_monitor&) = delete;

  /// Throws std::invalid_argument, with the reason, where they make no sense; all stays as it was then.
  void set_options(const system_monitor_options& options);
  system_monitor_options options() const;

  /// From now on events go to this process, as messages of their types, or are given to this function; or,
  /// if it is empty, to the log. Once the process has ended, to the log. The function runs on the monitor's
  /// thread, which sees nothing meanwhile; what it throws is logged. What is noted when the node ends is not told.
  void report_to(const pid& process);
  void report_to(reporter report);

  void add(const watched_thread& watched);
  void remove(const watched_thread& watched);

  /// A watched thread has something to do: wakes the watch if it sleeps.
  void is_busy() noexcept {
    if (is_asleep_.load(std::memory_order_relaxed)) wake();
  }

  /// Nothing has run for a while: it looks at nobody until is_busy is called.
  bool is_asleep() const noexcept { return is_asleep_.load(std::memory_order_relaxed); }

  /// This thread runs this process from now on, until `thread_is_free`.
  void thread_runs(caf::actor_id process) {
    if (here_.of != mark_.get()) [[unlikely]]
      join();
    here_.running->store(process, std::memory_order_relaxed);
    is_busy();
  }
  static void thread_is_free() noexcept { here_.running->store(0, std::memory_order_relaxed); }

  std::uint32_t long_from() const noexcept { return long_from_.load(std::memory_order_relaxed); }
  std::uint32_t short_below() const noexcept {
    return short_below_.load(std::memory_order_relaxed);
  }

  /// Has it told, by the monitor's own thread. Beyond `noted_max` that wait to be told it is dropped, and the log
  /// says how many were: the report before them takes its time.
  void report(event what);
  static constexpr std::size_t noted_max = 1024;

 private:
  struct node_mark {}; // tells this node's threads from those of one that was at the same address
  struct watch_entry;
  class process_thread;
  struct thread_slot {
    const node_mark* of = nullptr;
    std::atomic<caf::actor_id>* running = nullptr;
  };

  void join(); // by this thread
  void run();
  void tell(const std::vector<event>& found, std::size_t dropped) const;
  bool look(std::vector<event>& found); // returns whether any of them runs anything
  bool look_at(watch_entry& watched, std::vector<event>& found) const;
  static std::string described(const watch_entry& watched, std::uintptr_t running);
  void wake() noexcept;

  static constinit thread_local thread_slot here_;

  const process_table& processes_;
  const std::shared_ptr<const node_mark> mark_;
  mutable std::mutex mutex_; // of what follows; not held while somebody is told
  std::condition_variable changed_;
  system_monitor_options options_;
  reporter report_;
  std::vector<watch_entry> seen_;
  std::vector<event> noted_; // by others
  std::size_t dropped_ = 0;  // of them
  bool is_stopping_ = false;
  std::atomic<std::uint32_t> long_from_;
  std::atomic<std::uint32_t> short_below_;
  std::atomic<bool> is_asleep_ = false;
  std::thread thread_;
};

} // namespace vaquero
