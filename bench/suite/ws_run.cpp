#include "bench/suite/ws_run.hpp"

#include "bench/support/instructions.hpp"
#include "bench/support/process_stats.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace vaquero::bench {

namespace {

using seconds = std::chrono::duration<double>;

constexpr std::chrono::milliseconds between_looks{20};
/// How long what is in flight at the end is waited for.
constexpr seconds drain_time{2};
/// How long counting takes, of instructions and of system calls.
constexpr double counting_s = 2;
constexpr double points_max = 120;
constexpr double between_points_min_s = 0.25;
/// The foot of the slope of an idle connection's memory.
constexpr std::size_t foot_part = 10;

/// Connections, /proc, epoll, and what else a program holds.
constexpr std::size_t own_descriptors = 64;

void require_descriptors_here(std::size_t connections) {
  const auto limit = raise_descriptor_limit();
  if (connections + own_descriptors > limit)
    throw std::invalid_argument(std::to_string(connections) + " connections need " +
                                std::to_string(connections + own_descriptors) +
                                " descriptors, but " + std::to_string(limit) +
                                " may be open (ulimit -n)");
}

double share(std::chrono::nanoseconds cpu, seconds time) {
  return time.count() > 0 ? seconds(cpu) / time : 0;
}

std::uint64_t own_ticks() { return process_cpu(getpid()).total(); }

} // namespace

ws_run::ws_run(const ws_options& options, const target& server)
    : options_(options), address_(server.address_text()),
      watch_(options.server_pids.empty() ? listening_processes(server) : options.server_pids),
      workers_(options, server) {
  require_descriptors_here(options.connections);
}

ws_result ws_run::execute() {
  try {
    open_all();
    get_ready();
    measure();
    if (drain()) count_calls();
    close_all();
  } catch (const std::exception& error) {
    fail(error.what());
  }
  add_notes();
  return std::move(result_);
}

void ws_run::fail(const std::string& why) {
  result_.failure = why;
  finish_measuring();
  try {
    workers_.check();
  } catch (const std::exception& error) {
    result_.failure = error.what(); // what a connection saw says more than that a process is gone
  }
}

void ws_run::open_all() {
  if (watch_) {
    result_.server.emplace().pids = watch_.processes();
    result_.server->resident_before = watch_.resident_bytes();
  }
  if (options_.workload == load_kind::churn) return; // opens its own
  if (options_.workload == load_kind::idle && watch_) {
    const auto few = std::max<std::size_t>(options_.connections / foot_part, 1);
    open_up_to(few);
    const auto foot = settled_memory();
    open_up_to(options_.connections);
    const auto top = settled_memory();
    result_.server->bytes_each = (static_cast<double>(top) - static_cast<double>(foot)) /
                                 static_cast<double>(options_.connections - few);
  } else {
    open_up_to(options_.connections);
  }
}

void ws_run::open_up_to(std::size_t connections) {
  const auto began = load_clock::now();
  workers_.open(connections);
  std::size_t open = 0;
  progress_.begin("opening " + std::to_string(connections) + " connections to " + address_);
  wait(
      [&] {
        open = workers_.open_count();
        progress_.update("opened " + std::to_string(open) + " of " + std::to_string(connections));
        check_silence(began);
        return open == connections;
      },
      seconds::max());
}

/// Memory once the server has finished with the last handshake: its CPU time stands still.
std::uint64_t ws_run::settled_memory() {
  auto before = watch_.cpu();
  for (int i = 0; i < 20; ++i) {
    wait([] { return false; }, seconds(0.1));
    const auto now = watch_.cpu();
    if (now == std::exchange(before, now)) break;
  }
  return watch_.resident_bytes();
}

void ws_run::get_ready() {
  const bool is_reached = wait([&] { return workers_.is_ready(); }, seconds(options_.timeout_s));
  if (!is_reached)
    throw protocol_failure("what one connection published reached " +
                           std::to_string(workers_.reached()) + " of " +
                           std::to_string(options_.connections) +
                           ": is there a topic at this path, which sends what one sends to all?");
  if (watch_) result_.server->resident = result_.server->resident_max = watch_.resident_bytes();
  const auto began = load_clock::now();
  workers_.start();
  const bool is_silent = options_.workload == load_kind::idle;
  if (is_silent || options_.warm_up_s <= 0) return;
  progress_.begin("warming up");
  wait(
      [&] {
        check_stall(began);
        return false;
      },
      seconds(options_.warm_up_s));
}

void ws_run::measure() {
  workers_.take_counts();
  busy_before_ = workers_.busy_times();
  if (watch_) usage_before_ = watch_.usage();
  server_cpu_sampled_ = usage_before_.cpu;
  own_ticks_before_ = own_ticks_sampled_ = own_ticks();
  machine_ticks_before_ = machine_busy_ticks();
  began_ = sampled_ = load_clock::now();
  is_measuring_ = true;
  progress_.begin("measuring for " + format_number(options_.duration_s, 1) + " s");
  const seconds between(std::max(between_points_min_s, options_.duration_s / points_max));
  wait(
      [&] {
        check_stall(began_);
        const auto now = load_clock::now();
        if (now - sampled_ >= between) sample(now);
        return false;
      },
      seconds(options_.duration_s));
  finish_measuring();
}

void ws_run::sample(load_clock::time_point now) {
  const auto counts = workers_.take_counts();
  const seconds passed = now - sampled_;
  timeline_point point;
  const auto us = [&](double percent) {
    return std::chrono::duration<double, std::micro>(counts.latency.percentile(percent)).count();
  };
  point.at_s = seconds(now - began_).count();
  point.rate = static_cast<double>(counts.operations) / passed.count();
  point.p50_us = us(50);
  point.p99_us = us(99);
  const auto ticks = own_ticks();
  point.client_cpu = share(ticks_to_time(ticks - std::exchange(own_ticks_sampled_, ticks)), passed);
  if (watch_) {
    const auto cpu = watch_.cpu();
    point.server_cpu = share(cpu - std::exchange(server_cpu_sampled_, cpu), passed);
    point.resident_bytes = watch_.resident_bytes_about();
    result_.server->resident_max = std::max(result_.server->resident_max, *point.resident_bytes);
  }
  sampled_ = now;
  result_.timeline.push_back(point);
  result_.operations += counts.operations;
  result_.latency.add(counts.latency);
  progress_.update(progress_text("measuring"));
}

/// Also called for a run that fails: it tells what there is.
void ws_run::finish_measuring() {
  if (!std::exchange(is_measuring_, false)) return;
  const auto now = load_clock::now();
  const seconds passed = now - began_;
  result_.seconds = passed.count();
  const auto busy = workers_.busy_times();
  for (std::size_t i = 0; i < busy.size(); ++i)
    result_.client_busiest_thread =
        std::max(result_.client_busiest_thread, share(busy[i] - busy_before_[i], passed));
  result_.client_cpu = share(ticks_to_time(own_ticks() - own_ticks_before_), passed);
  const auto counts = workers_.take_counts();
  result_.operations += counts.operations;
  result_.latency.add(counts.latency);
  const auto machine = ticks_to_time(machine_busy_ticks() - machine_ticks_before_);
  result_.others_cpu = std::max(0.0, share(machine, passed) - result_.client_cpu);
  if (!watch_) return;
  try {
    const auto usage = watch_.usage();
    result_.server->cpu = share(usage.cpu - usage_before_.cpu, passed);
    result_.others_cpu = std::max(0.0, result_.others_cpu - result_.server->cpu);
    result_.server->threads = usage.threads.size();
    result_.server->busiest_thread = busiest_thread(usage_before_, usage, passed);
    result_.server->resident_max = std::max(result_.server->resident_max, usage.resident_bytes);
  } catch (const std::exception&) {
    result_.notes.push_back("the server's process has ended: its CPU time went with it");
  }
}

bool ws_run::drain() {
  workers_.stop();
  progress_.begin("waiting for what is in flight");
  if (wait([&] { return workers_.is_done(); }, drain_time)) return true;
  workers_.give_up();
  const auto late = workers_.take_counts();
  result_.unanswered = late.failures;
  result_.latency.add(late.latency);
  if (options_.rate == 0)
    throw protocol_failure(std::to_string(late.failures) +
                           " were not answered within 2 s of the end");
  return false;
}

void ws_run::count_calls() {
  if (!watch_ || options_.workload == load_kind::idle) return;
  deadline limit{std::chrono::duration_cast<deadline::clock::duration>(
      seconds(counting_s + 2 * options_.timeout_s))};
  const auto server = watch_.processes().front();
  count_instructions(server, limit);
  if (!options_.syscalls) return;
  require_strace();
  std::optional<syscall_counter> counter;
  count_for_a_while(
      "system calls", [&] { counter.emplace(server, std::nullopt, limit); },
      [&](std::uint64_t operations) {
        result_.calls_operations = operations;
        result_.calls = counter->finish(limit);
      });
}

void ws_run::count_instructions(pid_t server, const deadline& limit) {
  const auto counter = make_processor_counter();
  if (!counter) {
    result_.notes.push_back("instructions are not counted: the machine offers no counter for them "
                            "(perf_event_open fails)");
    return;
  }
  try {
    counter->begin(server, limit);
  } catch (const std::exception& error) { // another user's server
    result_.notes.push_back(std::string("instructions are not counted: ") + error.what());
    return;
  }
  count_for_a_while(
      "instructions", [&] { counter->begin(server, limit); },
      [&](std::uint64_t operations) {
        result_.instructions = static_cast<double>(counter->end(limit)) /
                               static_cast<double>(std::max<std::uint64_t>(operations, 1));
      });
}

void ws_run::count_for_a_while(const std::string& what, const std::function<void()>& begin,
                               const std::function<void(std::uint64_t)>& end) {
  progress_.begin("counting " + what);
  const auto began = load_clock::now();
  workers_.take_counts();
  begin();
  workers_.start();
  wait(
      [&] {
        check_stall(began);
        return false;
      },
      seconds(std::min(counting_s, options_.duration_s)));
  workers_.stop();
  wait([&] { return workers_.is_done(); }, drain_time);
  end(workers_.take_counts().operations);
}

void ws_run::close_all() {
  progress_.begin("closing");
  workers_.close_all();
  wait([&] { return workers_.open_count() == 0; }, drain_time);
}

bool ws_run::wait(const std::function<bool()>& condition, seconds at_most) {
  const auto began = load_clock::now();
  while (!condition()) {
    workers_.check();
    if (was_signalled()) throw interrupted("interrupted");
    const seconds left = at_most - (load_clock::now() - began);
    if (left.count() <= 0) return false;
    std::this_thread::sleep_for(std::min<seconds>(left, between_looks));
  }
  return true;
}

void ws_run::check_silence(load_clock::time_point since) {
  const auto silent = load_clock::now() - std::max(workers_.last_heard(), since);
  if (silent >= seconds(options_.timeout_s))
    throw timed_out("the server said nothing for " + format_number(options_.timeout_s, 1) +
                    " s, though it was awaited");
}

void ws_run::check_stall(load_clock::time_point since) {
  if (load_clock::now() - since >= seconds(options_.timeout_s) && !workers_.is_done())
    check_silence(since);
}

std::string ws_run::progress_text(const std::string& phase) const {
  const auto& last = result_.timeline.back();
  std::string text = phase + " " + format_number(last.at_s, 0) + "/" +
                     format_number(options_.duration_s, 0) + " s: " + format_number(last.rate, 0) +
                     "/s";
  if (last.p99_us > 0) text += ", p99 " + format_number(last.p99_us / 1e3, 2) + " ms";
  text += ", client " + format_number(100 * last.client_cpu, 0) + " %";
  if (last.server_cpu) text += ", server " + format_number(100 * *last.server_cpu, 0) + " %";
  return text;
}

} // namespace vaquero::bench
