// What `vaquero bench ws` may be told. A value.
#pragma once

#include <CLI/CLI.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vaquero::bench {

enum class load_kind { echo, fanout, idle, churn, timers };

const char* name_of(load_kind kind);
/// What its operations are called: "messages".
const char* operations_of(load_kind kind);

struct ws_options {
  std::string url;
  load_kind workload = load_kind::echo;
  std::size_t connections = 100;
  std::size_t size = 128; // bytes of a message
  std::size_t depth = 0;  // in flight; 0: 1 without a rate, 64 with one
  double rate = 0;        // operations a second; 0: as fast as answers come
  double duration_s = 10;
  double warm_up_s = 1;
  bool compression = false;
  unsigned threads = 1;
  std::vector<std::string> headers; // "Name: value"
  std::vector<pid_t> server_pids;   // none: found by the port
  bool syscalls = false;
  double timeout_s = 30; // without a byte of the server
  bool allow_remote = false;
  std::string name; // of the run; empty: what the workload is called
  std::string json;
  std::string report;
  std::vector<std::string> compare; // JSON files of other runs

  std::size_t in_flight() const { return depth != 0 ? depth : rate > 0 ? 64 : 1; }
};

void add_ws_options(CLI::App& app, ws_options& options);

/// Throws std::invalid_argument for values that do not go together.
void check(const ws_options& options);

} // namespace vaquero::bench
