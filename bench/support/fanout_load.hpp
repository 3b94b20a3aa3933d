// Closed-loop fan-out load: one connection publishes, all that are subscribed receive, verify each
// byte, and the next goes out when the last of them has the one before. One thread, spinning.
#pragma once

#include "bench/support/connection.hpp"
#include "bench/support/echo_load.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vaquero::bench {

struct fanout_load {
  std::size_t size = 128;
  std::size_t batch = 1; // messages that go in one write
};

class fanout_client {
 public:
  /// The connections are open, subscribed to one topic, stay open, and outlive it. The first one
  /// publishes.
  fanout_client(std::vector<connection>& readers, const deadline& limit);

  /// Returns the number of deliveries. Throws protocol_failure for a wrong one. A round is a write
  /// of the publisher.
  std::uint64_t run(const fanout_load& load, const load_limit& until);

  /// The payload that was published last.
  const std::string& newest() const { return expected_.back(); }

  /// Of each round of the last run: microseconds from the write to its last delivery.
  const std::vector<double>& latencies() const { return latencies_; }

 private:
  void publish(const fanout_load& load);
  void receive(std::size_t index, const fanout_load& load);

  std::vector<connection>& readers_;
  deadline limit_;
  epoll_set set_;
  std::vector<std::size_t> received_; // of the running round, by reader
  std::size_t waiting_ = 0;           // readers that lack something
  std::vector<std::string> expected_; // the payloads of the running round
  std::vector<double> latencies_;
  std::uint64_t sequence_ = 0;
  std::string burst_;
};

/// The value below which `share` of the values lie; zero for no values.
double percentile(std::vector<double> values, double share);

} // namespace vaquero::bench
