// Answers: what does a connection cost the server that says nothing: resident memory and CPU?
#include "bench/support/actor_check.hpp"
#include "bench/support/echo_load.hpp"
#include "bench/support/options.hpp"
#include "bench/support/process_stats.hpp"

#include <boost/json.hpp>

#include <iostream>

namespace {

using namespace vaquero::bench;
using clock_type = std::chrono::steady_clock;

/// Servers end a connection that was silent for so long (the product's default).
constexpr std::chrono::seconds idle_timeout{60};

struct idle_options {
  common_options common;
  std::size_t few = 1'000;
  std::size_t many = 10'000;
  unsigned seconds = 10;
  bool echo_first = false;
};

struct idle_result {
  std::string server;
  std::string load; // empty, or what tells it from the server's other row
  std::uint64_t rss_empty = 0;
  std::uint64_t rss_few = 0;
  std::uint64_t rss_many = 0;
  double bytes_each = 0;
  cpu_ticks ticks;     // while idling
  double cpu_ms = 0;   // the same, to the nanosecond where the kernel tells
  double silent_s = 0; // from the first connection to the end of idling
  std::string actors;
};

class idle_session {
 public:
  idle_session(const server_spec& spec, const idle_options& options, const deadline& limit)
      : options_(options), limit_(limit), server_(spec, {}, options.common.server_cpu, limit) {}

  idle_result measure() {
    idle_result result;
    result.server = server_.name();
    with_server(server_, [&] {
      actor_check check(server_, options_.common.path(), limit_);
      result.rss_empty = resident_bytes(server_.pid());
      auto first_opened = clock_type::now();
      open_up_to(options_.few);
      result.rss_few = settled_memory();
      open_up_to(options_.many);
      result.rss_many = settled_memory();
      result.bytes_each =
          (static_cast<double>(result.rss_many) - static_cast<double>(result.rss_few)) /
          static_cast<double>(options_.many - options_.few);
      idle(result);
      result.silent_s = std::chrono::duration<double>(clock_type::now() - first_opened).count();
      if (clock_type::now() - first_opened >= idle_timeout)
        throw std::runtime_error("idling reached the idle timeout: give fewer --seconds");
      // Only now: answering wakes every actor, and would spoil both numbers.
      check.opened(connections_.size());
      close_connections(connections_, limit_);
      result.actors = check.closed();
    });
    return result;
  }

 private:
  void open_up_to(std::size_t count) {
    progress("idle: " + server_.name() + ", opening " + std::to_string(count));
    open_connections(connections_, server_.address(), options_.common.path(),
                     count - connections_.size(), limit_, options_.common.deflate);
    if (options_.echo_first)
      echo_client(connections_, limit_)
          .run({.size = options_.common.deflate ? std::size_t{1024} : 16,
                .deflate = options_.common.deflate},
               {.rounds = 1});
  }

  /// Memory once the server has finished with the last handshake: its CPU time stands still.
  std::uint64_t settled_memory() {
    std::chrono::nanoseconds before(-1);
    auto now = server_time();
    auto patience = clock_type::now() + std::chrono::seconds(2);
    while (now != before && clock_type::now() < patience) {
      before = now;
      for (int i = 0; i < 50; ++i)
        limit_.pause("the server to settle");
      now = server_time();
    }
    return resident_bytes(server_.pid());
  }

  std::chrono::nanoseconds server_time() {
    auto time = scheduled_time(server_.pid());
    return time.count() >= 0 ? time : ticks_to_time(process_cpu(server_.pid()).total());
  }

  void idle(idle_result& result) {
    progress("idle: " + server_.name() + ", idling for " + std::to_string(options_.seconds) + " s");
    cpu_ticks ticks = process_cpu(server_.pid());
    auto time = server_time();
    auto end = clock_type::now() + std::chrono::seconds(options_.seconds);
    while (clock_type::now() < end)
      limit_.pause("the idle time to pass");
    result.cpu_ms = std::chrono::duration<double, std::milli>(server_time() - time).count();
    cpu_ticks after = process_cpu(server_.pid());
    result.ticks = {after.user - ticks.user, after.system - ticks.system};
  }

  idle_options options_;
  deadline limit_;
  running_server server_;
  std::vector<connection> connections_;
};

void add_row(report& out, const idle_result& each, const idle_options& options) {
  auto mebibytes = [](std::uint64_t bytes) {
    return format_number(static_cast<double>(bytes) / (1024 * 1024), 1);
  };
  if (out.table.empty())
    out.table.push_back({"server", "RSS MiB at 0", "at " + std::to_string(options.few),
                         "at " + std::to_string(options.many), "bytes each", "user ticks",
                         "kernel ticks", "CPU ms"});
  out.table.push_back({each.server + (each.load.empty() ? "" : ", " + each.load),
                       mebibytes(each.rss_empty), mebibytes(each.rss_few), mebibytes(each.rss_many),
                       format_number(each.bytes_each, 0), std::to_string(each.ticks.user),
                       std::to_string(each.ticks.system), format_number(each.cpu_ms, 2)});
  out.notes.push_back(each.actors);
  out.results.push_back({{"server", each.server},
                         {"load", each.load},
                         {"rss_empty", each.rss_empty},
                         {"rss_few", each.rss_few},
                         {"rss_many", each.rss_many},
                         {"bytes_each", each.bytes_each},
                         {"user_ticks", each.ticks.user},
                         {"kernel_ticks", each.ticks.system},
                         {"cpu_ms", each.cpu_ms},
                         {"silent_s", each.silent_s}});
}

void add_goals(report& out, const idle_result& each) {
  out.goals.push_back({"resident bytes per idle connection", 400, each.bytes_each});
  // No timer may tick away a processor: less than one clock tick in all counts as none.
  out.goals.push_back({"CPU ms while idle (a clock tick is 10)", 10, each.cpu_ms, 2});
}

/// What compression costs the product's idle connections that share their compressor, which is the
/// route's default: against plain ones of the same run.
void add_compressed_goal(report& out, const server_spec& spec, const idle_options& options,
                         const deadline& limit, double compressed_bytes) {
  auto plainly = options;
  plainly.common.deflate = false;
  auto plain = idle_session(spec, plainly, limit).measure();
  plain.load = "plain";
  add_row(out, plain, plainly);
  out.goals.push_back({"bytes that a compressed idle connection has more than a plain one", 100,
                       compressed_bytes - plain.bytes_each});
}

void run(idle_options& options, report& out) {
  if (options.few >= options.many) throw std::invalid_argument("--few has to be less than --many");
  require_descriptors(options.many);
  std::vector<server_spec> servers = chosen_servers(options.common);
  place_processes(options.common);
  deadline limit{std::chrono::seconds(options.common.timeout_s)};
  for (const server_spec& spec : servers) {
    const auto result = idle_session(spec, options, limit).measure();
    add_row(out, result, options);
    if (spec.name != product_name) continue;
    if (options.common.deflate)
      add_compressed_goal(out, spec, options, limit, result.bytes_each);
    else
      add_goals(out, result);
  }
  out.settings = {{"few", options.few},
                  {"many", options.many},
                  {"seconds", options.seconds},
                  {"echo_first", options.echo_first},
                  {"deflate", options.common.deflate}};
  out.print(std::cout);
  out.write_json(options.common.json);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"What an idle connection costs the server, in resident memory and CPU", "idle"};
  idle_options options;
  add_common_options(app, options.common);
  add_deflate_option(app, options.common);
  app.add_option("--few", options.few, "Open connections at the foot of the slope")
      ->check(CLI::Range(1, 19'000))
      ->capture_default_str();
  app.add_option("--many", options.many, "Open connections at its top, and while idling")
      ->check(CLI::Range(2, 19'000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "How long to idle")
      ->check(CLI::Range(1, 45))
      ->capture_default_str();
  app.add_flag("--echo-first", options.echo_first,
               "Let each connection echo a message before it falls idle");
  report out("idle", argc, argv);
  return run_program(app, argc, argv, [&] { run(options, out); });
}
