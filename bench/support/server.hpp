// A server under measurement: a child process that says on its first line where it listens.
#pragma once

#include "bench/support/child.hpp"

#include <netinet/in.h>
#include <string>
#include <vector>

namespace vaquero::bench {

/// The name that the goals and the check of the connection actors apply to.
inline constexpr const char* product_name = "vaquero";

struct server_spec {
  std::string name;
  command_line command;
  std::vector<std::string> needs = {}; // files, by their path, and programs, by their name
  bool any_processor = false;          // it is not held to one
};

/// Parses "NAME=COMMAND LINE". Throws std::invalid_argument.
server_spec parse_server(const std::string& text);

/// Reads "listening on http://127.0.0.1:PORT". Throws std::runtime_error for any other line, and
/// for an address outside 127.0.0.0/8: the benchmarks load nothing but this machine.
sockaddr_in parse_listening_line(const std::string& line);

class running_server {
 public:
  /// Starts it behind `prefix` (such as a valgrind command line) and waits for its first line.
  running_server(const server_spec& spec, const command_line& prefix, std::optional<int> cpu,
                 const deadline& limit);

  const std::string& name() const { return name_; }
  const sockaddr_in& address() const { return address_; }
  pid_t pid() const { return process_.pid(); }

  /// Throws, with what it wrote to stderr, when it has ended.
  void check_alive();

 private:
  std::string name_;
  child_process process_;
  sockaddr_in address_;
};

} // namespace vaquero::bench
