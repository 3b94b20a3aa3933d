#include "bench/suite/server_watch.hpp"

#include "bench/support/process_stats.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <set>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace vaquero::bench {

namespace {

namespace fs = std::filesystem;

/// As /proc/net/tcp writes it: the bytes in the order of this machine, four at a time.
std::string hexadecimal(const void* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; i += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, static_cast<const char*>(bytes) + i, sizeof word);
    char part[9];
    std::snprintf(part, sizeof part, "%08X", word);
    text += part;
  }
  return text;
}

/// The addresses under which the kernel may list the listener: its own, and the one that means all.
std::set<std::string> listed_addresses(const target& server) {
  const std::string all_of_six(32, '0');
  if (server.address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(server.address);
    const auto own = hexadecimal(&four.sin_addr, 4);
    std::uint32_t mapped = htonl(0xFFFF);
    return {own, "00000000", all_of_six, std::string(16, '0') + hexadecimal(&mapped, 4) + own};
  }
  const auto& six = reinterpret_cast<const sockaddr_in6&>(server.address);
  return {hexadecimal(&six.sin6_addr, 16), all_of_six};
}

/// Inodes of the sockets that listen there, as "socket:[INODE]".
std::set<std::string> listening_sockets(const target& server) {
  constexpr const char* listening = "0A";
  const auto addresses = listed_addresses(server);
  std::set<std::string> sockets;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(table);
    for (std::string line; std::getline(in, line);) {
      // sl local_address rem_address st tx:rx tr:when retransmits uid timeout inode
      std::istringstream fields(line);
      std::string slot, local, remote, state, skipped, inode;
      fields >> slot >> local >> remote >> state;
      for (int i = 0; i < 5; ++i)
        fields >> skipped;
      fields >> inode;
      const auto colon = local.find(':');
      if (state != listening || colon == local.npos) continue;
      if (std::stoul(local.substr(colon + 1), nullptr, 16) == server.port &&
          addresses.contains(local.substr(0, colon)))
        sockets.insert("socket:[" + inode + "]");
    }
  }
  return sockets;
}

bool holds_one_of(const fs::path& process, const std::set<std::string>& sockets) {
  std::error_code hidden; // another user's, or gone meanwhile
  for (fs::directory_iterator each(process / "fd", hidden), end; !hidden && each != end;
       each.increment(hidden)) {
    std::error_code gone;
    if (sockets.contains(fs::read_symlink(each->path(), gone).string())) return true;
  }
  return false;
}

} // namespace

std::vector<pid_t> listening_processes(const target& server) {
  std::vector<pid_t> found;
  const auto sockets = listening_sockets(server);
  if (sockets.empty() || !server.is_loopback()) return found;
  for (const auto& each : fs::directory_iterator("/proc")) {
    const auto name = each.path().filename().string();
    pid_t process = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (error == std::errc{} && end == name.data() + name.size() &&
        holds_one_of(each.path(), sockets))
      found.push_back(process);
  }
  return found;
}

std::chrono::nanoseconds busy_time(pid_t process, pid_t thread) {
  std::ifstream in("/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) +
                   "/schedstat");
  std::int64_t ran = 0, waited = 0;
  in >> ran >> waited;
  return std::chrono::nanoseconds(ran + waited);
}

std::chrono::nanoseconds server_watch::cpu() const {
  std::chrono::nanoseconds sum{0};
  for (const pid_t each : processes_)
    sum += ticks_to_time(process_cpu(each).total());
  return sum;
}

std::uint64_t server_watch::resident_bytes() const {
  std::uint64_t sum = 0;
  for (const pid_t each : processes_)
    sum += vaquero::bench::resident_bytes(each);
  return sum;
}

std::uint64_t server_watch::resident_bytes_about() const {
  std::uint64_t pages = 0;
  for (const pid_t each : processes_) {
    std::ifstream in("/proc/" + std::to_string(each) + "/statm");
    std::uint64_t all = 0, resident = 0;
    if (!(in >> all >> resident)) throw std::runtime_error("the server process is gone");
    pages += resident;
  }
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

server_usage server_watch::usage() const {
  server_usage now{cpu(), resident_bytes(), {}};
  for (const pid_t each : processes_)
    for (const pid_t thread : threads_of(each))
      now.threads[thread] = busy_time(each, thread);
  return now;
}

double busiest_thread(const server_usage& before, const server_usage& after,
                      std::chrono::duration<double> time) {
  double most = 0;
  for (const auto& [thread, busy] : after.threads) {
    const auto found = before.threads.find(thread);
    const auto earlier =
        found == before.threads.end() ? std::chrono::nanoseconds(0) : found->second;
    most = std::max(most, std::chrono::duration<double>(busy - earlier) / time);
  }
  return most;
}

} // namespace vaquero::bench
