// Whole lives: connect, upgrade, one verified echo, close frames both ways, and the end of the TCP
// connection, which the server begins (RFC 6455 section 7.1.1). So many at a time, or begun at a rate.
#pragma once

#include "bench/suite/message_set.hpp"
#include "bench/suite/schedule.hpp"
#include "bench/suite/workload.hpp"

#include <vector>

namespace vaquero::bench {

class churn_workload : public workload {
 public:
  struct settings {
    std::size_t connections; // that live at a time, at most
    std::size_t size;
    bool compression;
    schedule times;
  };

  explicit churn_workload(const settings& chosen);

  void opened(worker& owner, client_connection& connection) override;
  void start(worker& owner) override;
  void received(worker& owner, client_connection& from, const incoming& echo) override;
  void ended(worker& owner, client_connection& connection, const std::string& reason) override;
  time_point tick(worker& owner) override;
  void stop(worker& owner) override;
  bool is_done() const override { return free_.size() == lives_; }
  void give_up(worker& owner) override;

 private:
  void begin_what_is_due(worker& owner);

  settings settings_;
  message_set messages_;
  std::vector<client_connection*> free_;
  std::size_t lives_ = 0; // places for them; 0 until it starts
  std::uint64_t begun_ = 0;
  bool is_stopped_ = false;
};

} // namespace vaquero::bench
