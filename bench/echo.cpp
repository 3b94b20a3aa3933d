// Answers: what does one small echoed message cost the server, alone and sixteen at a time?
#include "bench/support/actor_check.hpp"
#include "bench/support/echo_load.hpp"
#include "bench/support/instructions.hpp"
#include "bench/support/load_result.hpp"
#include "bench/support/options.hpp"

#include <iostream>
#include <memory>

namespace {

using namespace vaquero::bench;

/// What the goals hold for.
constexpr std::size_t usual_connections = 100;
constexpr std::size_t usual_size = 16;

/// Beast sends a larger message in several frames, by default, which would be another question.
constexpr std::size_t size_max = 4'096;

struct echo_options {
  common_options common;
  load_options load;
  std::size_t connections = usual_connections;
  std::size_t size = usual_size;
  std::vector<std::size_t> depths{1, 16};
  std::uint64_t counted = 20'000;
};

/// A running server with open connections that were checked for being actors.
class echo_session {
 public:
  echo_session(const server_spec& spec, const command_line& prefix, const echo_options& options,
               const deadline& limit)
      : limit_(limit), server_(spec, prefix, options.common.server_cpu, limit) {
    with_server(server_, [&] {
      check_.emplace(server_, options.common.path(), limit_);
      open_connections(connections_, server_.address(), options.common.path(), options.connections,
                       limit_, options.common.deflate);
      check_->opened(connections_.size());
      client_.emplace(connections_, limit_);
    });
  }

  const std::string& name() const { return server_.name(); }
  pid_t pid() const { return server_.pid(); }

  std::uint64_t run(const echo_load& load, const load_limit& until) {
    std::uint64_t messages = 0;
    with_server(server_, [&] { messages = client_->run(load, until); });
    return messages;
  }

  /// Closes the connections; returns the line about their actors.
  std::string close() {
    std::string line;
    with_server(server_, [&] {
      close_connections(connections_, limit_);
      line = check_->closed();
    });
    return line;
  }

 private:
  deadline limit_;
  running_server server_;
  std::optional<actor_check> check_;
  std::vector<connection> connections_;
  std::optional<echo_client> client_;
};

class echo_bench {
 public:
  explicit echo_bench(const echo_options& options)
      : options_(options), limit_(std::chrono::seconds(options.common.timeout_s)),
        servers_(chosen_servers(options.common)) {
    for (std::size_t depth : options.depths)
      for (const server_spec& spec : servers_)
        results.push_back({spec.name, "depth " + std::to_string(depth), {}, {}, 0, {}});
  }

  void measure_times() {
    std::vector<std::unique_ptr<echo_session>> sessions;
    for (const server_spec& spec : servers_)
      sessions.push_back(std::make_unique<echo_session>(spec, command_line{}, options_, limit_));
    auto time = std::chrono::nanoseconds(static_cast<std::int64_t>(options_.load.seconds * 1e9));
    for (std::size_t depth : options_.depths)
      for (unsigned round = 1; round <= options_.load.rounds; ++round)
        for (auto& session : sessions) {
          progress("echo: times, round " + std::to_string(round) + ", " + session->name() +
                   ", depth " + std::to_string(depth));
          echo_load load{options_.size, depth, options_.common.deflate};
          session->run(load, {.time = time / 10});
          result_of(session->name(), depth).samples.push_back(time_load(session->pid(), [&] {
            return session->run(load, {.time = time});
          }));
        }
    for (auto& session : sessions)
      notes.push_back(session->close());
  }

  void count_instructions(instruction_counter& counter) {
    each_counted(counter.name(), counter.prefix(),
                 [&](echo_session& session, const echo_load& load, load_result& result) {
                   counter.begin(session.pid(), limit_);
                   auto messages = session.run(load, {.rounds = rounds_for(load)});
                   result.instructions =
                       static_cast<double>(counter.end(limit_)) / static_cast<double>(messages);
                 });
  }

  void count_syscalls() {
    each_counted("strace", {},
                 [&](echo_session& session, const echo_load& load, load_result& result) {
                   syscall_counter counter(session.pid(), options_.common.server_cpu, limit_);
                   result.calls_operations = session.run(load, {.rounds = rounds_for(load)});
                   result.calls = counter.finish(limit_);
                 });
  }

  std::vector<load_result> results;
  std::vector<std::string> notes;

 private:
  using counting = std::function<void(echo_session&, const echo_load&, load_result&)>;

  /// One fresh server for each count, so that no tool sees the other's.
  void each_counted(const std::string& tool, const command_line& prefix, const counting& count) {
    for (const server_spec& spec : servers_) {
      echo_session session(spec, prefix, options_, limit_);
      for (std::size_t depth : options_.depths) {
        progress("echo: " + tool + ", " + spec.name + ", depth " + std::to_string(depth));
        echo_load load{options_.size, depth, options_.common.deflate};
        session.run(load, {.rounds = 2}); // what is done once only is done now
        count(session, load, result_of(spec.name, depth));
      }
      std::string line = session.close();
      if (options_.load.no_times && tool != "strace") notes.push_back(line);
    }
  }

  std::uint64_t rounds_for(const echo_load& load) const {
    return std::max<std::uint64_t>(1, options_.counted / (options_.connections * load.depth));
  }

  load_result& result_of(const std::string& server, std::size_t depth) {
    std::string load = "depth " + std::to_string(depth);
    for (load_result& each : results)
      if (each.server == server && each.load == load) return each;
    throw std::logic_error("no such row");
  }

  echo_options options_;
  deadline limit_;
  std::vector<server_spec> servers_;
};

void add_goals(report& out, const std::vector<load_result>& results) {
  for (const load_result& each : results) {
    if (each.server != product_name || (each.load != "depth 1" && each.load != "depth 16"))
      continue;
    bool alone = each.load == "depth 1";
    if (each.instructions)
      out.goals.push_back({each.load + ", user-space instructions per message",
                           alone ? 700.0 : 350.0, *each.instructions});
    if (!each.calls || !alone) continue;
    out.goals.push_back({each.load + ", receiving calls per message", 1,
                         each.per_operation(receive_calls(*each.calls)), 2});
    out.goals.push_back({each.load + ", sending calls per message", 1,
                         each.per_operation(send_calls(*each.calls)), 2});
  }
}

void run(echo_options& options, report& out) {
  std::unique_ptr<instruction_counter> counter;
  if (!options.load.no_instructions) counter = make_instruction_counter();
  if (!options.load.no_syscalls) require_strace();
  require_descriptors(options.connections);
  place_processes(options.common);
  echo_bench bench(options);
  if (!options.load.no_times) bench.measure_times();
  if (counter) bench.count_instructions(*counter);
  if (!options.load.no_syscalls) bench.count_syscalls();
  out.settings = {{"connections", options.connections},
                  {"size", options.size},
                  {"deflate", options.common.deflate},
                  {"instructions_by", counter ? counter->name() : "nothing"}};
  add_results(out, bench.results, "message", "messages");
  add_ratios(out, bench.results);
  if (counter) out.notes.push_back(std::string("instructions counted by ") + counter->name());
  out.notes.insert(out.notes.end(), bench.notes.begin(), bench.notes.end());
  if (options.connections == usual_connections && options.size == usual_size &&
      !options.common.deflate)
    add_goals(out, bench.results);
  out.print(std::cout);
  out.write_json(options.common.json);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"What one echoed message costs the server, in instructions, system calls and time",
               "echo"};
  echo_options options;
  add_common_options(app, options.common);
  add_load_options(app, options.load);
  add_deflate_option(app, options.common);
  add_loops_option(app, options.common);
  app.add_option("--connections", options.connections, "Open connections, all of them busy")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--size", options.size, "Bytes of one message")
      ->check(CLI::Range(std::size_t{1}, size_max))
      ->capture_default_str();
  app.add_option("--depth", options.depths,
                 "Messages in flight of one connection, sent in one write; several may be given")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--counted", options.counted,
                 "Messages of one run that counts instructions or system calls")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  report out("echo", argc, argv);
  return run_program(app, argc, argv, [&] { run(options, out); });
}
