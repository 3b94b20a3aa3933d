// Answers: what does a whole short life cost the server: connect, upgrade, one echo, close?
#include "bench/support/cycle_load.hpp"
#include "bench/support/instructions.hpp"
#include "bench/support/load_result.hpp"
#include "bench/support/options.hpp"

#include <iostream>
#include <memory>

namespace {

using namespace vaquero::bench;

struct handshake_options {
  common_options common;
  load_options load;
  std::size_t concurrency = 16;
  std::uint64_t counted = 1'000;
};

/// A running server and the client that lives through cycles on it.
class handshake_session {
 public:
  handshake_session(const server_spec& spec, const command_line& prefix,
                    const handshake_options& options, const deadline& limit)
      : server_(spec, prefix, options.common.server_cpu, limit),
        client_(server_.address(), options.common.route, options.concurrency, limit) {}

  const std::string& name() const { return server_.name(); }
  pid_t pid() const { return server_.pid(); }

  std::uint64_t run(const cycle_limit& until) {
    std::uint64_t cycles = 0;
    with_server(server_, [&] { cycles = client_.run(until); });
    return cycles;
  }

 private:
  running_server server_;
  cycle_client client_;
};

class handshake_bench {
 public:
  explicit handshake_bench(const handshake_options& options)
      : options_(options), limit_(std::chrono::seconds(options.common.timeout_s)),
        servers_(chosen_servers(options.common)) {
    for (const server_spec& spec : servers_)
      results.push_back({spec.name, "", {}, {}, 0, {}});
  }

  void measure_times() {
    std::vector<std::unique_ptr<handshake_session>> sessions;
    for (const server_spec& spec : servers_)
      sessions.push_back(
          std::make_unique<handshake_session>(spec, command_line{}, options_, limit_));
    auto time = std::chrono::nanoseconds(static_cast<std::int64_t>(options_.load.seconds * 1e9));
    for (unsigned round = 1; round <= options_.load.rounds; ++round)
      for (std::size_t i = 0; i < sessions.size(); ++i) {
        handshake_session& session = *sessions[i];
        progress("handshake: times, round " + std::to_string(round) + ", " + session.name());
        session.run({.time = time / 10});
        results[i].samples.push_back(
            time_load(session.pid(), [&] { return session.run({.time = time}); }));
      }
  }

  void count_instructions(instruction_counter& counter) {
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      progress(std::string("handshake: ") + counter.name() + ", " + servers_[i].name);
      handshake_session session(servers_[i], counter.prefix(), options_, limit_);
      session.run({.cycles = warm_up});
      counter.begin(session.pid(), limit_);
      auto cycles = session.run({.cycles = options_.counted});
      results[i].instructions =
          static_cast<double>(counter.end(limit_)) / static_cast<double>(cycles);
    }
  }

  void count_syscalls() {
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      progress("handshake: strace, " + servers_[i].name);
      handshake_session session(servers_[i], {}, options_, limit_);
      session.run({.cycles = warm_up});
      syscall_counter counter(session.pid(), options_.common.server_cpu, limit_);
      results[i].calls_operations = session.run({.cycles = options_.counted});
      results[i].calls = counter.finish(limit_);
    }
  }

  std::vector<load_result> results;

 private:
  /// What a server does once only, it does in these.
  static constexpr std::uint64_t warm_up = 100;

  handshake_options options_;
  deadline limit_;
  std::vector<server_spec> servers_;
};

void run(handshake_options& options, report& out) {
  std::unique_ptr<instruction_counter> counter;
  if (!options.load.no_instructions) counter = make_instruction_counter();
  if (!options.load.no_syscalls) require_strace();
  place_processes(options.common);
  handshake_bench bench(options);
  if (!options.load.no_times) bench.measure_times();
  if (counter) bench.count_instructions(*counter);
  if (!options.load.no_syscalls) bench.count_syscalls();
  out.settings = {{"concurrency", options.concurrency},
                  {"instructions_by", counter ? counter->name() : "nothing"}};
  add_results(out, bench.results, "cycle", "cycles");
  add_ratios(out, bench.results);
  if (counter) out.notes.push_back(std::string("instructions counted by ") + counter->name());
  for (const load_result& each : bench.results)
    if (each.server == product_name && each.instructions)
      out.goals.push_back({"user-space instructions per cycle", 12'000, *each.instructions});
  out.print(std::cout);
  out.write_json(options.common.json);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"What connect, handshake, one echo and close cost the server", "handshake"};
  handshake_options options;
  add_common_options(app, options.common);
  add_load_options(app, options.load);
  app.add_option("--concurrency", options.concurrency, "Connections that live at a time")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--counted", options.counted,
                 "Cycles of one run that counts instructions or system calls")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  report out("handshake", argc, argv);
  return run_program(app, argc, argv, [&] { run(options, out); });
}
