#include "bench/suite/echo_workload.hpp"

#include "bench/suite/worker.hpp"

#include <algorithm>

namespace vaquero::bench {

echo_workload::echo_workload(const settings& chosen)
    : settings_(chosen), messages_(chosen.size, chosen.compression) {}

void echo_workload::start(worker& owner) {
  connections_ = owner.connections().size();
  due_ = sent_ = received_ = 0;
  is_stopped_ = false;
  for (client_connection& each : owner.connections())
    each.sent = each.received = 0;
  if (settings_.times) {
    settings_.times.start(load_clock::now());
    return;
  }
  sent_at_.resize(connections_ * settings_.depth);
  for (client_connection& each : owner.connections())
    refill(owner, each);
}

void echo_workload::received(worker& owner, client_connection& from, const incoming& echo) {
  if (from.received == from.sent)
    throw protocol_failure("more messages came than were sent: is there an echo at this path?");
  messages_.verify(from.received, echo);
  counts.latency.add(owner.now() - begin_of(from, from.received));
  ++counts.operations;
  ++from.received;
  ++received_;
}

void echo_workload::caught_up(worker& owner, client_connection& connection) {
  refill(owner, connection);
}

void echo_workload::refill(worker& owner, client_connection& connection) {
  auto count = settings_.depth - (connection.sent - connection.received);
  if (settings_.times)
    count = std::min<std::uint64_t>(count, due_of(connection) - connection.sent);
  else if (is_stopped_ || connections_ == 0)
    count = 0;
  while (count > 0) {
    const auto piece = messages_.frames(connection.sent, count);
    if (!settings_.times)
      for (std::size_t i = 0; i < piece.count; ++i)
        sent_at(connection, connection.sent + i) = owner.now();
    connection.sent += piece.count;
    sent_ += piece.count;
    count -= piece.count;
    owner.send(connection, piece.bytes);
  }
}

echo_workload::time_point echo_workload::tick(worker& owner) {
  if (!settings_.times || connections_ == 0 || is_stopped_) return never;
  const auto due = settings_.times.due_until(owner.now());
  // One round at most: who is due more than once gets all of it in one write.
  const auto first = due_;
  const auto last = std::min<std::uint64_t>(due, first + connections_);
  due_ = due;
  for (auto i = first; i < last; ++i)
    refill(owner, owner.connections()[i % connections_]);
  return settings_.times.due(due_);
}

void echo_workload::stop(worker&) { is_stopped_ = true; }

bool echo_workload::is_done() const {
  return settings_.times ? received_ == due_ : received_ == sent_;
}

void echo_workload::give_up(worker& owner) {
  for (const client_connection& each : owner.connections()) {
    const auto last = settings_.times ? due_of(each) : each.sent;
    for (auto number = each.received; number < last; ++number) {
      counts.latency.add(owner.now() - begin_of(each, number));
      ++counts.failures;
    }
  }
}

/// Message M of connection C, of N, is number M * N + C of the schedule.
std::uint64_t echo_workload::due_of(const client_connection& connection) const {
  if (connections_ == 0) return connection.sent;
  return due_ / connections_ + (connection.index < due_ % connections_ ? 1 : 0);
}

echo_workload::time_point& echo_workload::sent_at(const client_connection& connection,
                                                  std::uint64_t number) {
  return sent_at_[connection.index * settings_.depth + number % settings_.depth];
}

echo_workload::time_point echo_workload::begin_of(const client_connection& connection,
                                                  std::uint64_t number) {
  if (settings_.times) return settings_.times.due(number * connections_ + connection.index);
  return sent_at(connection, number);
}

} // namespace vaquero::bench
