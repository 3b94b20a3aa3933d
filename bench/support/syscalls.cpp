#include "bench/support/syscalls.hpp"

#include "bench/support/instructions.hpp"

#include <csignal>
#include <initializer_list>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace vaquero::bench {

namespace {

std::uint64_t sum_of(const syscall_counts& counts, std::initializer_list<const char*> names) {
  std::uint64_t sum = 0;
  for (const char* name : names)
    if (auto found = counts.find(name); found != counts.end()) sum += found->second;
  return sum;
}

} // namespace

void require_strace() {
  if (!is_installed("strace"))
    throw std::runtime_error("system calls are counted with strace, which is not installed "
                             "(Debian: apt install strace); give --no-syscalls to go without");
}

syscall_counter::syscall_counter(pid_t server, std::optional<int> cpu, const deadline& limit)
    : strace_({"strace", "-c", "-f", "-p", std::to_string(server)}, cpu) {
  while (strace_.errors().find(" attached") == std::string::npos) {
    if (!strace_.running())
      throw std::runtime_error("strace cannot attach to the server: " + strace_.errors());
    limit.pause("strace to attach");
  }
}

syscall_counts syscall_counter::finish(const deadline& limit) {
  strace_.signal(SIGINT);
  strace_.wait(limit);
  return parse_strace_summary(strace_.errors());
}

syscall_counts parse_strace_summary(const std::string& text) {
  // % time     seconds  usecs/call     calls    errors syscall
  //  60.00    0.001200           1      1000           recvfrom
  syscall_counts counts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::vector<std::string> words;
    for (std::string word; fields >> word;)
      words.push_back(word);
    bool is_row = (words.size() == 5 || words.size() == 6) && line[0] != '-' && line[0] != '%' &&
                  words[3].find_first_not_of("0123456789") == std::string::npos;
    if (is_row && words.back() != "total") counts[words.back()] += std::stoull(words[3]);
  }
  return counts;
}

std::uint64_t receive_calls(const syscall_counts& counts) {
  return sum_of(counts, {"recvfrom", "recvmsg", "recvmmsg", "read", "readv"});
}

std::uint64_t send_calls(const syscall_counts& counts) {
  return sum_of(counts, {"sendto", "sendmsg", "sendmmsg", "write", "writev"});
}

std::uint64_t all_calls(const syscall_counts& counts) {
  std::uint64_t sum = 0;
  for (const auto& [name, calls] : counts)
    sum += calls;
  return sum;
}

} // namespace vaquero::bench
