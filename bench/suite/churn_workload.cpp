#include "bench/suite/churn_workload.hpp"

#include "bench/suite/worker.hpp"

namespace vaquero::bench {

namespace {

/// Where no place is free: an end begins what is overdue, and from then on the schedule counts again.
constexpr std::chrono::milliseconds look_again{1};

} // namespace

churn_workload::churn_workload(const settings& chosen)
    : settings_(chosen), messages_(chosen.size, chosen.compression) {}

void churn_workload::start(worker& owner) {
  for (; lives_ < settings_.connections; ++lives_)
    free_.push_back(&owner.add());
  begun_ = 0;
  is_stopped_ = false;
  settings_.times.start(load_clock::now());
  begin_what_is_due(owner);
}

void churn_workload::begin_what_is_due(worker& owner) {
  const auto due = settings_.times ? settings_.times.due_until(owner.now()) : UINT64_MAX;
  while (!is_stopped_ && !free_.empty() && begun_ < due) {
    client_connection& life = *free_.back();
    free_.pop_back();
    life.since = settings_.times ? settings_.times.due(begun_) : owner.now();
    ++begun_;
    owner.begin(life);
  }
}

void churn_workload::opened(worker& owner, client_connection& connection) {
  owner.send(connection, messages_.frames(0, 1).bytes);
}

void churn_workload::received(worker& owner, client_connection& from, const incoming& echo) {
  messages_.verify(0, echo);
  owner.close(from);
}

void churn_workload::ended(worker& owner, client_connection& connection,
                           const std::string& reason) {
  if (!reason.empty()) throw protocol_failure(reason);
  counts.latency.add(owner.now() - connection.since);
  ++counts.operations;
  free_.push_back(&connection);
  begin_what_is_due(owner);
}

churn_workload::time_point churn_workload::tick(worker& owner) {
  if (!settings_.times || lives_ == 0 || is_stopped_) return never;
  begin_what_is_due(owner);
  return free_.empty() ? owner.now() + look_again : settings_.times.due(begun_);
}

void churn_workload::stop(worker&) { is_stopped_ = true; }

void churn_workload::give_up(worker& owner) {
  counts.failures += lives_ - free_.size();
  if (!settings_.times) return;
  for (auto late = begun_; late < settings_.times.due_until(owner.now()); ++late)
    ++counts.failures;
}

} // namespace vaquero::bench
