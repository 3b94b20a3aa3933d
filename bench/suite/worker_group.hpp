// All workers of a run, as one. Belongs to the thread that conducts the run; each question is answered by
// the workers' own threads, within milliseconds.
#pragma once

#include "bench/suite/fanout_workload.hpp"
#include "bench/suite/worker.hpp"
#include "bench/suite/ws_options.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vaquero::bench {

class worker_group {
 public:
  worker_group(const ws_options& options, const target& server);

  /// Opens connections until there are so many in all.
  void open(std::size_t connections);
  std::size_t open_count();

  /// Whether each says that the load may begin.
  bool is_ready();
  void start();
  void stop();
  bool is_done();
  void give_up();
  void close_all();

  /// What was done since it was last asked.
  load_counts take_counts();

  /// Of the workers' threads, in their order: see server_watch's busy_time.
  std::vector<std::chrono::nanoseconds> busy_times();
  load_clock::time_point last_heard();

  /// Throws protocol_failure if one of them failed, with its reason.
  void check();

  /// Of a fan-out: how many subscribers have shown that they are subscribed.
  std::uint64_t reached() const { return fanout_.reached; }

 private:
  std::unique_ptr<workload> make_workload(const ws_options& options, unsigned number);
  std::size_t share(std::size_t whole, std::size_t number) const;
  /// Asks each, and stops where one failed.
  template <class Action>
  void each(Action&& action) {
    for (auto& one : workers_) {
      check();
      one->call(action);
    }
  }

  fanout_run fanout_;
  std::vector<std::unique_ptr<worker>> workers_;
};

} // namespace vaquero::bench
