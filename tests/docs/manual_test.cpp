// Holds the manual to the code: each option with its default, none that is not there, and every
// terminate reason. Structured bindings, so that a new field does not compile until it is listed here.
#include "bench/suite/ws_options.hpp"
#include "net/terminate_reason.hpp"
#include "runtime/log.hpp"
#include "runtime/mailbox_bound.hpp"
#include "runtime/node.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/spawn.hpp"
#include "runtime/system_monitor.hpp"
#include "runtime/verbs.hpp"
#include "server/command_line.hpp"
#include "server/config_keys.hpp"
#include "server/server.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

using namespace vaquero;

namespace {

using option_list = std::map<std::string, std::string>;

/// The lines of a page from "## SECTION" to the next heading.
std::vector<std::string> section_of(const std::string& page, const std::string& section) {
  std::ifstream file{MANUAL + page};
  REQUIRE(file);
  std::vector<std::string> lines;
  bool is_inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) is_inside = line == "## " + section;
    if (is_inside) lines.push_back(line);
  }
  REQUIRE_FALSE(lines.empty());
  return lines;
}

/// What the lines "- `name (default)`: ..." say.
option_list options_in(const std::string& page, const std::string& section) {
  static const std::regex option{R"(- `([\w.]+) \((.*)\)`:.*)"};
  option_list result;
  std::smatch parts;
  for (const auto& line : section_of(page, section))
    if (std::regex_match(line, parts, option)) result[parts[1]] = parts[2];
  return result;
}

std::string text(std::chrono::milliseconds time) {
  return time == infinity ? "infinity" : std::to_string(time.count()) + " ms";
}
std::string text(std::uint64_t number) { return std::to_string(number); }
std::string bytes(std::uint64_t number) { return std::to_string(number) + " bytes"; }

} // namespace

TEST_CASE("the manual has the defaults of websocket_options") {
  const auto [idle_timeout, max_frame_size, validate_utf8, send_timeout, close_timeout,
              queue_bytes_max, queue_frames_max, queue_policy, queue_close_code, queue_high_percent,
              queue_low_percent, unsent_bytes_max, ping_interval, max_lifetime,
              lifetime_spread_percent, compress, compress_min_size, deflate] = websocket_options{};
  const bool is_close = queue_policy == vaquero::queue_policy::close;
  CHECK(options_in("websocket_options.md", "Options") ==
        option_list{{"idle_timeout", text(idle_timeout)},
                    {"max_frame_size", bytes(max_frame_size)},
                    {"validate_utf8", validate_utf8 ? "true" : "false"},
                    {"send_timeout", text(send_timeout)},
                    {"close_timeout", text(close_timeout)},
                    {"queue_bytes_max", bytes(queue_bytes_max)},
                    {"queue_frames_max", text(queue_frames_max)},
                    {"queue_policy", is_close ? "close" : "another"},
                    {"queue_close_code", text(queue_close_code)},
                    {"queue_high_percent", text(queue_high_percent)},
                    {"queue_low_percent", text(queue_low_percent)},
                    {"unsent_bytes_max", bytes(unsent_bytes_max)},
                    {"ping_interval", text(ping_interval)},
                    {"max_lifetime", text(max_lifetime)},
                    {"lifetime_spread_percent", text(lifetime_spread_percent)},
                    {"compress", compress ? "true" : "false"},
                    {"compress_min_size", bytes(compress_min_size)}});
  CHECK(deflate == deflate_options{}); // each of them below
}

TEST_CASE("the manual has the defaults of bench ws") {
  const auto [url, workload, connections, size, depth, rate, duration_s, warm_up_s, compression,
              threads, headers, server_pids, syscalls, timeout_s, allow_remote, name, json, report,
              compare] = bench::ws_options{};
  const auto number = [](double value) { return std::to_string(std::llround(value)); };
  const auto flag = [](bool value) { return std::string(value ? "true" : "false"); };
  CHECK(depth == 0); // as it is chosen:
  CHECK(options_in("bench.md", "Options of bench ws") ==
        option_list{{"url", url},
                    {"workload", bench::name_of(workload)},
                    {"connections", text(connections)},
                    {"size", text(size)},
                    {"depth", text(bench::ws_options{}.in_flight())},
                    {"rate", number(rate)},
                    {"duration", number(duration_s) + " s"},
                    {"warm_up", number(warm_up_s) + " s"},
                    {"compression", flag(compression)},
                    {"threads", text(threads)},
                    {"headers", ""},
                    {"server_pids", ""},
                    {"syscalls", flag(syscalls)},
                    {"timeout", number(timeout_s) + " s"},
                    {"allow_remote", flag(allow_remote)},
                    {"name", name},
                    {"json", json},
                    {"report", report},
                    {"compare", ""}});
  CHECK((headers.empty() && server_pids.empty() && compare.empty()));
}

TEST_CASE("the manual has the defaults of deflate_options") {
  const auto [level, mem_level, strategy, server_context_takeover, client_context_takeover,
              server_max_window_bits, client_max_window_bits] = deflate_options{};
  const auto number = [](int value) { return std::to_string(value); };
  CHECK(options_in("websocket_options.md", "Options: deflate_options") ==
        option_list{{"level", number(level)},
                    {"mem_level", number(mem_level)},
                    {"strategy", strategy == deflate_strategy::standard ? "standard" : "another"},
                    {"server_context_takeover", server_context_takeover ? "true" : "false"},
                    {"client_context_takeover", client_context_takeover ? "true" : "false"},
                    {"server_max_window_bits", number(server_max_window_bits)},
                    {"client_max_window_bits", number(client_max_window_bits)}});
}

TEST_CASE("the manual has the defaults of server_options") {
  const auto [listen, loops, workers, blocking_threads_max, stall_threshold, stall_reporter,
              shutdown_timeout, connections_max, buffer_bytes_max, topics, http] = server_options{};
  REQUIRE(listen.size() == 1);
  CHECK(options_in("server.md", "Options: server_options") ==
        option_list{{"listen", '"' + listen[0].address + '"'},
                    {"loops", text(loops)},
                    {"workers", text(workers)},
                    {"blocking_threads_max", text(blocking_threads_max)},
                    {"stall_threshold", text(stall_threshold)},
                    {"stall_reporter", stall_reporter ? "another" : "the log"},
                    {"shutdown_timeout", text(shutdown_timeout)},
                    {"connections_max", text(connections_max)},
                    {"buffer_bytes_max", bytes(buffer_bytes_max)}});
  CHECK(topics.levels_max == topic_options{}.levels_max); // each of them below
}

TEST_CASE("the manual has the defaults of scheduler_options and node_options") {
  const auto [workers, budget] = scheduler_options{};
  CHECK(options_in("scheduler.md", "Options: scheduler_options") ==
        option_list{{"workers", text(workers)}, {"budget", text(budget)}});
  const auto [blocking_threads_max, topics] = node_options{};
  CHECK(options_in("node.md", "Options: node_options") ==
        option_list{{"blocking_threads_max", text(blocking_threads_max)}});
}

TEST_CASE("the manual has the defaults of topic_options") {
  const auto [name_bytes_max, levels_max, key_bytes_max, subscriptions_max, retained_max,
              retained_bytes_max, waiting_bytes_max] = topic_options{};
  CHECK(options_in("topics.md", "Options: topic_options") ==
        option_list{{"name_bytes_max", bytes(name_bytes_max)},
                    {"levels_max", text(levels_max)},
                    {"key_bytes_max", bytes(key_bytes_max)},
                    {"subscriptions_max", text(subscriptions_max)},
                    {"retained_max", text(retained_max)},
                    {"retained_bytes_max", bytes(retained_bytes_max)},
                    {"waiting_bytes_max", bytes(waiting_bytes_max)}});
}

TEST_CASE("the manual has the defaults of route_at") {
  const auto [host, path, constraints, subprotocols, origins] = route_at{};
  REQUIRE(origins.size() == 1);
  CHECK((constraints.empty() && subprotocols.empty()));
  CHECK(options_in("router.md", "Options: route_at") ==
        option_list{{"host", '"' + host + '"'},
                    {"path", '"' + path + '"'},
                    {"constraints", "{}"},
                    {"subprotocols", "{}"},
                    {"origins", "{\"" + origins[0] + "\"}"}});
}

TEST_CASE("the manual has the defaults of http_options") {
  const auto [request_timeout, body_timeout, answer_timeout, send_timeout, close_timeout,
              requests_max, limits] = http_options{};
  CHECK(options_in("server.md", "Options: http_options") ==
        option_list{{"request_timeout", text(request_timeout)},
                    {"body_timeout", text(body_timeout)},
                    {"answer_timeout", text(answer_timeout)},
                    {"send_timeout", text(send_timeout)},
                    {"close_timeout", text(close_timeout)},
                    {"requests_max", text(requests_max)}});
}

TEST_CASE("the manual has the defaults of http_limits") {
  const auto [max_request_line, max_header_bytes, max_headers, max_header_value, max_empty_lines,
              max_body] = http_limits{};
  CHECK(options_in("server.md", "Options: http_limits") ==
        option_list{{"max_request_line", bytes(max_request_line)},
                    {"max_header_bytes", bytes(max_header_bytes)},
                    {"max_headers", text(max_headers)},
                    {"max_header_value", bytes(max_header_value)},
                    {"max_empty_lines", text(max_empty_lines)},
                    {"max_body", bytes(max_body)}});
}

TEST_CASE("the manual has the defaults of system_monitor_options") {
  const auto [long_callback, busy_loop, long_mailbox, short_mailbox] = system_monitor_options{};
  CHECK(options_in("system_monitor.md", "Options: system_monitor_options") ==
        option_list{{"long_callback", text(long_callback)},
                    {"busy_loop", text(busy_loop)},
                    {"long_mailbox", text(long_mailbox)},
                    {"short_mailbox", text(short_mailbox)}});
}

TEST_CASE("the manual has the defaults of mailbox_bound") {
  const auto [messages_max, full] = mailbox_bound{};
  CHECK(options_in("process.md", "Overload") ==
        option_list{{"messages_max", text(messages_max)},
                    {"when_full", full == when_full::kill ? "kill" : "another"}});
}

TEST_CASE("the manual has the defaults of log_options") {
  const auto [level, format, file] = log_options{};
  CHECK(options_in("log.md", "Options: log_options") ==
        option_list{{"level", level == log_level::info ? "info" : "another"},
                    {"format", format == log_format::text ? "text" : "another"},
                    {"file", '"' + file + '"'}});
}

TEST_CASE("the manual has the defaults of program") {
  const auto [name, version, about, handlers, demo, commands] = program{};
  CHECK((handlers.empty() && commands.empty()));
  CHECK(options_in("command_line.md", "Options: program") ==
        option_list{{"name", '"' + name + '"'},
                    {"version", '"' + version + '"'},
                    {"about", '"' + about + '"'},
                    {"handlers", "{}"},
                    {"demo", demo ? "another" : "none"},
                    {"commands", "{}"}});
}

TEST_CASE("the manual has the defaults of spawn_options") {
  const auto [is_blocking, bound] = spawn_options{};
  CHECK(options_in("spawn.md", "Options: spawn_options") ==
        option_list{{"is_blocking", is_blocking ? "true" : "false"},
                    {"bound.messages_max", text(bound.messages_max)},
                    {"bound.when_full", bound.when_full == when_full::kill ? "kill" : "another"}});
}

TEST_CASE("the manual has the default of call") {
  using std::chrono::milliseconds;
  CHECK(options_in("call.md", "Options") ==
        option_list{{"timeout", text(std::chrono::duration_cast<milliseconds>(call_timeout))}});
}

namespace {

/// The keys of a section, and what `vaquero config --defaults` writes for them.
template <class Options>
option_list defaults_of(const std::vector<config_key<Options>>& keys, const Options& from = {}) {
  option_list result;
  for (const auto& key : keys)
    result[key.name] = key.write(from);
  return result;
}

} // namespace

TEST_CASE("the manual has the keys of the configuration file, with their defaults") {
  const auto listed = [](const std::string& section) {
    return options_in("config.md", "Keys: " + section);
  };
  CHECK(listed("[server]") == defaults_of(server_keys()));
  CHECK(listed("[limits]") == defaults_of(limit_keys()));
  CHECK(listed("[log]") == defaults_of(log_keys()));
  CHECK(listed("[publish]") == defaults_of(publish_keys()));
  CHECK(listed("[status]") == defaults_of(status_keys()));
  CHECK(listed("[[listener]]") == defaults_of(listener_keys(), server_options{}.listen.at(0)));
  CHECK(listed("[[route]]") == defaults_of(route_keys()));
  CHECK(listed("[route.options]") == defaults_of(route_option_keys()));
  CHECK(listed("[[static]]") == defaults_of(folder_keys()));
}

TEST_CASE("the manual says which options can be changed") {
  const auto [idle_timeout, max_frame_size] = websocket_options_change{};
  CHECK_FALSE((idle_timeout || max_frame_size)); // not set: stays
  const auto lines = section_of("websocket_options.md", "Changes while it runs");
  CHECK(lines.at(2).starts_with("`set_options` takes `idle_timeout` and `max_frame_size`;"));
}

TEST_CASE("the manual's list of terminate reasons is the code's") {
  using kind = terminate_reason::kind;
  const std::map<std::string, kind> kinds{{"normal", kind::normal},
                                          {"remote", kind::remote},
                                          {"remote_code", kind::remote_code},
                                          {"stop", kind::stop},
                                          {"timeout", kind::timeout},
                                          {"crash", kind::crash},
                                          {"badframe", kind::badframe},
                                          {"badencoding", kind::badencoding},
                                          {"badsize", kind::badsize},
                                          {"closed", kind::closed},
                                          {"socket_error", kind::socket_error},
                                          {"exit", kind::exit}};
  CHECK(to_string(terminate_reason{static_cast<kind>(kinds.size())}) == "unknown");
  static const std::regex row{R"(\| `(\w+)` \|.*)"};
  std::size_t rows = 0;
  std::smatch parts;
  for (const auto& line : section_of("websocket_handler.md", "Terminate reasons")) {
    if (!std::regex_match(line, parts, row)) continue;
    CHECK(kinds.contains(parts[1]));
    ++rows;
  }
  CHECK(rows == kinds.size());
}

namespace {

/// A switch, so that a new kind does not compile until it is listed here.
std::string name_of(exit_reason::kind kind) {
  switch (kind) {
    case exit_reason::kind::normal: return "normal";
    case exit_reason::kind::shutdown: return "shutdown";
    case exit_reason::kind::kill: return "kill";
    case exit_reason::kind::killed: return "killed";
    case exit_reason::kind::mailbox_full: return "mailbox_full";
    case exit_reason::kind::noproc: return "noproc";
    case exit_reason::kind::noconnection: return "noconnection";
    case exit_reason::kind::crash: return "crash";
    case exit_reason::kind::other: return "other";
  }
  return {};
}

} // namespace

TEST_CASE("the manual's list of exit reasons is the code's") {
  std::set<std::string> made;
  for (const auto& each :
       {exit_reason::normal(), exit_reason::shutdown(), exit_reason::kill(), exit_reason::killed(),
        exit_reason::mailbox_full(), exit_reason::noproc(), exit_reason::noconnection(),
        exit_reason::crash({}), exit_reason::of(1)})
    made.insert(name_of(each.what()));
  std::set<std::string> listed;
  static const std::regex row{R"(\| `(\w+)` \|.*)"};
  std::smatch parts;
  for (const auto& line : section_of("exit_reason.md", "Kinds"))
    if (std::regex_match(line, parts, row)) listed.insert(parts[1]);
  CHECK(listed == made);
}

TEST_CASE("each rule of the RFCs names its tests, and there are such tests") {
  std::string sources;
  namespace fs = std::filesystem;
  for (const auto& entry : fs::recursive_directory_iterator{MANUAL "../../tests"}) {
    const auto type = entry.path().extension();
    if (type != ".cpp" || entry.path().filename() == "manual_test.cpp") continue;
    sources += (std::ostringstream{} << std::ifstream{entry.path()}.rdbuf()).str();
  }
  std::map<std::string, std::string> named;
  static const std::regex definition{R"(\| (\w+) \| (.+) \|)"};
  std::smatch parts;
  for (const auto& line : section_of("../rfc.md", "The tests"))
    if (std::regex_match(line, parts, definition) && parts[1] != "key") named[parts[1]] = parts[2];
  for (const auto& [key, name] : named) {
    CAPTURE(key);
    CHECK(sources.find('"' + name + '"') != sources.npos);
  }
  std::set<std::string> used;
  std::ifstream page{MANUAL "../rfc.md"};
  static const std::regex rule{R"(\| .+ \| .+ \| ((\w+)(, \w+)*) \|)"};
  static const std::regex key{R"(\w+)"};
  for (std::string line; std::getline(page, line);) {
    if (!std::regex_match(line, parts, rule) || parts[1] == "test") continue;
    const auto keys = parts[1].str();
    for (std::sregex_iterator each{keys.begin(), keys.end(), key}, end; each != end; ++each)
      used.insert(each->str());
  }
  for (const auto& each : used)
    CHECK(named.contains(each));
  CHECK(used.size() == named.size());
}
