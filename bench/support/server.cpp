#include "bench/support/server.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace vaquero::bench {

namespace {

/// For a server to start: Node and BEAM take minutes under callgrind on a busy machine.
constexpr std::chrono::minutes start_time{5};

command_line joined(const command_line& prefix, const command_line& command) {
  command_line all = prefix;
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

/// The end of what a server wrote to stderr: the reason stands there.
std::string tail(const std::string& text) {
  constexpr std::size_t most = 2000;
  if (text.empty()) return "it wrote nothing to stderr";
  return "its stderr ends with:\n" + (text.size() > most ? text.substr(text.size() - most) : text);
}

std::string first_line(child_process& process, const std::string& name, const deadline& limit) {
  try {
    while (true) {
      // Asked before the output is read: what it wrote before it ended is not missed.
      bool running = process.running();
      std::string output = process.output();
      auto end = output.find('\n');
      if (end != std::string::npos) return output.substr(0, end);
      if (!running)
        throw std::runtime_error(name + ": the server ended before its first line; " +
                                 tail(process.errors()));
      limit.pause("the first line of a server");
    }
  } catch (const timed_out&) {
    throw std::runtime_error(name + ": no line 'listening on http://...' on stdout in time; " +
                             tail(process.errors()));
  }
}

sockaddr_in listening_address(child_process& process, const std::string& name,
                              const deadline& limit) {
  std::string line = first_line(process, name, limit);
  try {
    return parse_listening_line(line);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(name + ": " + error.what());
  }
}

} // namespace

server_spec parse_server(const std::string& text) {
  auto equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    throw std::invalid_argument("a server is given as NAME=COMMAND LINE, not: " + text);
  return {text.substr(0, equals), split_command(text.substr(equals + 1))};
}

sockaddr_in parse_listening_line(const std::string& line) {
  constexpr std::string_view start = "listening on http://";
  auto fail = [&](const char* why) {
    return std::runtime_error("the first line is '" + line + "': " + why);
  };
  if (!line.starts_with(start)) throw fail("expected 'listening on http://127.0.0.1:PORT'");
  std::string rest = line.substr(start.size());
  auto colon = rest.find(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, rest.substr(0, colon).c_str(), &address.sin_addr) != 1)
    throw fail("expected an IPv4 address and a port");
  unsigned port = 0;
  std::from_chars(rest.data() + colon + 1, rest.data() + rest.size(), port);
  if (port == 0 || port > 65535) throw fail("expected a port");
  if ((ntohl(address.sin_addr.s_addr) >> 24) != 127) throw fail("only 127.0.0.0/8 is loaded");
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

running_server::running_server(const server_spec& spec, const command_line& prefix,
                               std::optional<int> cpu, const deadline& limit)
    : name_(spec.name),
      process_(joined(prefix, spec.command), spec.any_processor ? std::nullopt : cpu),
      address_(listening_address(process_, name_, limit.within(start_time))) {}

void running_server::check_alive() {
  if (!process_.running())
    throw std::runtime_error(name_ + ": the server has ended; " + tail(process_.errors()));
}

} // namespace vaquero::bench
