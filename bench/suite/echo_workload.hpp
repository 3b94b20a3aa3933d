// Messages that come back. Without a rate each connection always has `depth` of them in flight (a closed
// loop); with one they are due at times of their own, and no connection has more than `depth` in flight.
#pragma once

#include "bench/suite/message_set.hpp"
#include "bench/suite/schedule.hpp"
#include "bench/suite/workload.hpp"

namespace vaquero::bench {

class echo_workload : public workload {
 public:
  struct settings {
    std::size_t size;
    std::size_t depth;
    bool compression;
    schedule times;
  };

  explicit echo_workload(const settings& chosen);

  void start(worker& owner) override;
  void received(worker& owner, client_connection& from, const incoming& echo) override;
  void caught_up(worker& owner, client_connection& connection) override;
  time_point tick(worker& owner) override;
  void stop(worker& owner) override;
  bool is_done() const override;
  void give_up(worker& owner) override;

 private:
  void refill(worker& owner, client_connection& connection);
  std::uint64_t due_of(const client_connection& connection) const;
  time_point& sent_at(const client_connection& connection, std::uint64_t number);
  time_point begin_of(const client_connection& connection, std::uint64_t number);

  settings settings_;
  message_set messages_;
  std::vector<time_point> sent_at_; // of a closed loop: the last `depth` of each connection
  std::size_t connections_ = 0;     // 0 until it starts
  std::uint64_t due_ = 0;           // of all connections, so far
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  bool is_stopped_ = false;
};

} // namespace vaquero::bench
