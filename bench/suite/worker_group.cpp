#include "bench/suite/worker_group.hpp"

#include "bench/suite/churn_workload.hpp"
#include "bench/suite/echo_workload.hpp"
#include "bench/suite/listening_workload.hpp"
#include "bench/suite/server_watch.hpp"

#include <algorithm>

namespace vaquero::bench {

worker_group::worker_group(const ws_options& options, const target& server) {
  fanout_.subscribers = options.connections;
  fanout_.workers = options.threads;
  fanout_.size = options.size;
  fanout_.depth = options.in_flight();
  fanout_.compression = options.compression;
  fanout_.times = schedule(options.rate);
  const connection_options common{server, options.compression, options.headers};
  workers_.resize(options.threads);
  for (unsigned i = 0; i < options.threads; ++i)
    workers_[i] = std::make_unique<worker>(common, make_workload(options, i), i);
}

std::unique_ptr<workload> worker_group::make_workload(const ws_options& options, unsigned number) {
  const schedule times(options.rate, number, options.threads);
  switch (options.workload) {
    case load_kind::echo:
      return std::make_unique<echo_workload>(
          echo_workload::settings{options.size, options.in_flight(), options.compression, times});
    case load_kind::fanout: return std::make_unique<fanout_workload>(fanout_, number == 0);
    case load_kind::churn:
      return std::make_unique<churn_workload>(churn_workload::settings{
          share(options.connections, number), options.size, options.compression, times});
    case load_kind::idle:
    case load_kind::timers: break;
  }
  return std::make_unique<listening_workload>();
}

std::size_t worker_group::share(std::size_t whole, std::size_t number) const {
  return whole / workers_.size() + (number < whole % workers_.size() ? 1 : 0);
}

void worker_group::open(std::size_t connections) {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    check();
    workers_[i]->call([&](worker& one) { one.open(share(connections, i)); });
  }
}

std::size_t worker_group::open_count() {
  std::size_t sum = 0;
  each([&](worker& one) { sum += one.open_count(); });
  return sum;
}

bool worker_group::is_ready() {
  bool all = true;
  each([&](worker& one) { all = one.load().is_ready(one) && all; });
  return all;
}

void worker_group::start() {
  fanout_.published = fanout_.delivered = 0;
  fanout_.times.start(load_clock::now());
  each([](worker& one) { one.load().start(one); });
}

void worker_group::stop() {
  each([](worker& one) { one.load().stop(one); });
}

bool worker_group::is_done() {
  bool all = true;
  each([&](worker& one) { all = one.load().is_done() && all; });
  return all;
}

void worker_group::give_up() {
  each([](worker& one) { one.load().give_up(one); });
}

void worker_group::close_all() {
  each([](worker& one) { one.close_all(); });
}

load_counts worker_group::take_counts() {
  load_counts sum;
  for (auto& one : workers_) // of those that failed, too
    one->call([&](worker& own) {
      sum.add(own.load().counts);
      own.load().counts.clear();
    });
  return sum;
}

std::vector<std::chrono::nanoseconds> worker_group::busy_times() {
  std::vector<std::chrono::nanoseconds> times;
  for (auto& one : workers_)
    times.push_back(one->call([](worker&) { return busy_time(getpid(), worker::thread_id()); }));
  return times;
}

load_clock::time_point worker_group::last_heard() {
  load_clock::time_point latest{};
  each([&](worker& one) { latest = std::max(latest, one.last_heard()); });
  return latest;
}

void worker_group::check() {
  for (const auto& one : workers_)
    if (auto failure = one->failure(); !failure.empty()) throw protocol_failure(failure);
}

} // namespace vaquero::bench
