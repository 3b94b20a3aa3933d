#include "bench/suite/ws_options.hpp"

#include "bench/support/frame.hpp"

#include <array>
#include <map>
#include <stdexcept>

namespace vaquero::bench {

namespace {

struct kind_names {
  const char* name;
  const char* operations;
};

constexpr std::array kinds{kind_names{"echo", "messages"}, kind_names{"fanout", "deliveries"},
                           kind_names{"idle", "messages"}, kind_names{"churn", "lives"},
                           kind_names{"timers", "pushes"}};

/// The number of a publication fills 16 bytes.
constexpr std::size_t fanout_size_min = 16;
constexpr std::size_t connections_max = 1'000'000;
constexpr std::size_t in_flight_max = 16'000'000; // their times are kept

void add_load(CLI::App& app, ws_options& options) {
  const std::map<std::string, load_kind> names{{"echo", load_kind::echo},
                                               {"fanout", load_kind::fanout},
                                               {"idle", load_kind::idle},
                                               {"churn", load_kind::churn},
                                               {"timers", load_kind::timers}};
  app.add_option("--url", options.url, "The server: ws://HOST[:PORT][/PATH]")
      ->type_name("URL")
      ->required();
  app.add_option("--workload", options.workload,
                 "echo: messages that come back; fanout: one connection publishes to all; idle: "
                 "what silent ones cost; churn: whole short lives; timers: what the server "
                 "sends of its own accord [echo]")
      ->transform(CLI::CheckedTransformer(names).description(""))
      ->type_name("NAME");
  app.add_option("--connections", options.connections, "Open connections; subscribers; lives")
      ->check(CLI::Range(std::size_t{1}, connections_max))
      ->capture_default_str();
  app.add_option("--size", options.size, "Bytes of a message, before it is compressed")
      ->check(CLI::Range(std::size_t{1}, frame_payload_max))
      ->capture_default_str();
  app.add_option("--depth", options.depth,
                 "Messages in flight of a connection, or publications; with a rate at most so "
                 "many [1, with a rate 64]")
      ->check(CLI::Range(1, 1024));
  app.add_option("--rate", options.rate,
                 "Messages, publications or lives a second, in all, each due at a time of its "
                 "own, from which its latency counts [as fast as answers come]")
      ->check(CLI::Range(0.01, 1e8));
  app.add_flag("--compression", options.compression,
               "Compress with permessage-deflate; no side keeps a context");
}

void add_running(CLI::App& app, ws_options& options) {
  app.add_option("--duration", options.duration_s, "Seconds that are measured")
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str();
  app.add_option("--warm-up", options.warm_up_s, "Seconds of the load before them")
      ->check(CLI::Range(0.0, 3'600.0))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Threads of the client")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--header", options.headers, "A line of each request, 'Name: value'; repeatable")
      ->take_all();
  app.add_option("--server-pid", options.server_pids,
                 "Process of the server; repeatable [who listens on the port]")
      ->type_name("PID")
      ->check(CLI::PositiveNumber)
      ->take_all();
  app.add_flag("--syscalls", options.syscalls,
               "Count the server's system calls too, in a run of its own under strace");
  app.add_option("--timeout", options.timeout_s, "Give up after so many seconds without an answer")
      ->check(CLI::Range(0.1, 3'600.0))
      ->capture_default_str();
  app.add_flag("--allow-remote", options.allow_remote,
               "Load a server that is not on this machine: one that is yours to load");
}

} // namespace

const char* name_of(load_kind kind) { return kinds[static_cast<std::size_t>(kind)].name; }

const char* operations_of(load_kind kind) {
  return kinds[static_cast<std::size_t>(kind)].operations;
}

void add_ws_options(CLI::App& app, ws_options& options) {
  add_load(app, options);
  add_running(app, options);
  app.add_option("--name", options.name, "What the run is called in tables and reports");
  app.add_option("--json", options.json, "Write the results to this file as well")
      ->type_name("FILE");
  app.add_option("--report", options.report, "Write a page with charts to this file")
      ->type_name("FILE.html");
  app.add_option("--compare", options.compare,
                 "Show this earlier --json beside it in the report; repeatable")
      ->type_name("FILE")
      ->take_all();
}

void check(const ws_options& options) {
  const auto refuse = [](const std::string& why) { throw std::invalid_argument(why); };
  const bool is_silent =
      options.workload == load_kind::idle || options.workload == load_kind::timers;
  const auto name = std::string("--workload ") + name_of(options.workload);
  if (is_silent && options.rate > 0) refuse(name + " sends nothing: it has no --rate");
  if (options.workload == load_kind::idle && options.connections < 2)
    refuse(name + " needs 2 --connections or more: it measures a slope");
  if (options.workload == load_kind::fanout && options.size < fanout_size_min)
    refuse(name + " needs a --size of " + std::to_string(fanout_size_min) + " or more");
  if (options.connections < options.threads)
    refuse("--threads: there are more of them than --connections");
  if (options.connections * options.in_flight() > in_flight_max)
    refuse("--depth times --connections is more than " + std::to_string(in_flight_max));
  if (!options.compare.empty() && options.report.empty())
    refuse("--compare shows runs in a --report: say where");
  for (const auto& each : options.headers)
    if (each.find(':') == each.npos || each.find_first_of("\r\n") != each.npos)
      refuse("--header \"" + each + "\" is not 'Name: value'");
}

} // namespace vaquero::bench
