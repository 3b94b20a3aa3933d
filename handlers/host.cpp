#include "handlers/host.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

namespace vaquero {

namespace {

void read_memory(std::istream& meminfo, host_usage& host) {
  std::uint64_t available = 0;
  for (std::string line; std::getline(meminfo, line);) {
    std::istringstream fields(line);
    std::string name;
    std::uint64_t kibibytes = 0;
    fields >> name >> kibibytes;
    if (name == "MemTotal:") host.memory_total = kibibytes * 1024;
    if (name == "MemAvailable:") available = kibibytes * 1024;
  }
  host.memory_used = host.memory_total - std::min(available, host.memory_total);
}

// A line is "name: received-bytes and 7 more, sent-bytes and 7 more"; two lines of headings have no colon.
void read_network(std::istream& dev, host_usage& host) {
  for (std::string line; std::getline(dev, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream fields(line.substr(colon + 1));
    std::uint64_t received = 0;
    std::uint64_t skipped = 0;
    std::uint64_t sent = 0;
    fields >> received;
    for (int i = 0; i < 7; ++i)
      fields >> skipped;
    fields >> sent;
    host.received += received;
    host.sent += sent;
  }
}

} // namespace

host_usage read_host(const std::filesystem::path& proc) {
  host_usage host;
  std::ifstream load(proc / "loadavg");
  load >> host.load;
  std::ifstream meminfo(proc / "meminfo");
  read_memory(meminfo, host);
  std::ifstream dev(proc / "net" / "dev");
  read_network(dev, host);
  return host;
}

} // namespace vaquero
