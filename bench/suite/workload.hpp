// What a load does with its connections. A workload belongs to one worker, which calls it in its own
// thread; workloads of several workers share nothing but what their makers give them.
#pragma once

#include "bench/suite/client_connection.hpp"
#include "bench/suite/histogram.hpp"

#include <cstdint>

namespace vaquero::bench {

/// What was done since it was last asked.
struct load_counts {
  std::uint64_t operations = 0;
  std::uint64_t failures = 0; // drops, where they are no end of the run
  histogram latency;

  void add(const load_counts& other) {
    operations += other.operations;
    failures += other.failures;
    latency.add(other.latency);
  }
  void clear() {
    operations = failures = 0;
    latency.clear();
  }
};

class worker;

class workload {
 public:
  using time_point = load_clock::time_point;
  static constexpr time_point never = time_point::max();

  virtual ~workload() = default;

  /// The handshake of a connection is done.
  virtual void opened(worker&, client_connection&) {}
  /// Asked now and then once all connections are open, until it says that the load may begin.
  virtual bool is_ready(worker&) { return true; }
  /// Begins the load; again, once it was stopped and is done.
  virtual void start(worker&) {}
  /// A message came. The worker's now() is when.
  virtual void received(worker&, client_connection&, const incoming&) = 0;
  /// All that came with one read has been received.
  virtual void caught_up(worker&, client_connection&) {}
  /// The socket was closed by the server: as we asked it to where `reason` is empty, else because of that,
  /// which is a failure.
  virtual void ended(worker&, client_connection&, const std::string& reason) {
    if (!reason.empty()) throw protocol_failure(reason);
  }
  /// Does what is due, and returns when it wants to be called again.
  virtual time_point tick(worker&) { return never; }
  /// Begins nothing more.
  virtual void stop(worker&) {}
  /// Whether nothing is awaited any more.
  virtual bool is_done() const { return true; }
  /// What is awaited still, and will not be waited for: counted as late as it is by now.
  virtual void give_up(worker&) {}

  load_counts counts;
};

} // namespace vaquero::bench
