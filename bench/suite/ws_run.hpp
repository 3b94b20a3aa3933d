// One run of `vaquero bench ws` from the first connection to the last: opens them, warms up, measures, waits
// for what is in flight, counts what would disturb the measuring, and closes.
#pragma once

#include "bench/suite/progress_line.hpp"
#include "bench/suite/server_watch.hpp"
#include "bench/suite/worker_group.hpp"
#include "bench/suite/ws_result.hpp"
#include "bench/support/deadline.hpp"

#include <functional>

namespace vaquero::bench {

class ws_run {
 public:
  /// The options were checked. Throws std::invalid_argument where the machine does not allow them.
  ws_run(const ws_options& options, const target& server);

  /// Whatever goes wrong is told by the result: what there is, and why there is no more.
  ws_result execute();

 private:
  void fail(const std::string& why);
  void open_all();
  void open_up_to(std::size_t connections);
  std::uint64_t settled_memory();
  void get_ready();
  void measure();
  void sample(load_clock::time_point now);
  void finish_measuring();
  /// False where something was left unanswered.
  bool drain();
  void count_calls();
  void count_instructions(pid_t server, const deadline& limit);
  void count_for_a_while(const std::string& what, const std::function<void()>& begin,
                         const std::function<void(std::uint64_t)>& end);
  void close_all();

  /// Waits until `condition` holds, or a time has passed; throws for what ends the run meanwhile.
  bool wait(const std::function<bool()>& condition, std::chrono::duration<double> at_most);
  /// Throws timed_out where no byte has come for too long.
  void check_silence(load_clock::time_point since);
  /// The same, if anything is awaited.
  void check_stall(load_clock::time_point since);
  std::string progress_text(const std::string& phase) const;
  void add_notes();

  ws_options options_;
  std::string address_;
  server_watch watch_;
  progress_line progress_;
  worker_group workers_;
  ws_result result_;

  // While it measures.
  bool is_measuring_ = false;
  load_clock::time_point began_{};
  load_clock::time_point sampled_{};
  server_usage usage_before_;
  std::vector<std::chrono::nanoseconds> busy_before_;
  std::uint64_t own_ticks_before_ = 0;
  std::uint64_t machine_ticks_before_ = 0;
  std::uint64_t own_ticks_sampled_ = 0;
  std::chrono::nanoseconds server_cpu_sampled_{0};
};

} // namespace vaquero::bench
