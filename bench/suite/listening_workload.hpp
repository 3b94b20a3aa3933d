// Connections that say nothing: what the server sends of its own accord is counted, and the time between
// two messages on one connection is its latency. Also the load of idling.
#pragma once

#include "bench/suite/worker.hpp"

namespace vaquero::bench {

class listening_workload : public workload {
 public:
  void received(worker& owner, client_connection& from, const incoming&) override {
    ++counts.operations;
    if (from.received++ > 0) counts.latency.add(owner.now() - from.since);
    from.since = owner.now();
  }
};

} // namespace vaquero::bench
