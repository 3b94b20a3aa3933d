#include "bench/support/process_stats.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

namespace vaquero::bench {

namespace {

std::string proc_path(pid_t process, const char* file) {
  return "/proc/" + std::to_string(process) + "/" + file;
}

/// The rest of the first line of `path` that starts with `key`; empty without one.
std::string line_after(const std::string& path, const std::string& key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key)) return line.substr(key.size());
  return {};
}

} // namespace

cpu_ticks process_cpu(pid_t process) {
  std::string line = line_after(proc_path(process, "stat"), "");
  // The name, field 2, may hold blanks and brackets: fields are counted from its end.
  auto end = line.rfind(')');
  if (end == std::string::npos) throw std::runtime_error("the server process is gone");
  std::istringstream fields(line.substr(end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field)
    fields >> skipped;
  cpu_ticks ticks;
  fields >> ticks.user >> ticks.system;
  return ticks;
}

std::uint64_t machine_busy_ticks() {
  std::istringstream fields(line_after("/proc/stat", "cpu "));
  std::uint64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0,
                steal = 0;
  fields >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  return user + nice + system + irq + softirq + steal;
}

std::chrono::microseconds ticks_to_time(std::uint64_t ticks) {
  auto rate = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  return std::chrono::microseconds(ticks * 1'000'000 / rate);
}

std::chrono::nanoseconds scheduled_time(pid_t process) {
  std::int64_t sum = 0;
  for (pid_t thread : threads_of(process)) {
    std::ifstream in(proc_path(process, "task/") + std::to_string(thread) + "/schedstat");
    std::int64_t time = 0;
    if (!(in >> time)) return std::chrono::nanoseconds(-1);
    sum += time;
  }
  return std::chrono::nanoseconds(sum);
}

std::uint64_t resident_bytes(pid_t process) {
  std::string text = line_after(proc_path(process, "smaps_rollup"), "Rss:");
  if (text.empty()) text = line_after(proc_path(process, "status"), "VmRSS:");
  if (text.empty()) throw std::runtime_error("cannot read the resident memory of the server");
  return std::stoull(text) * 1024;
}

std::vector<pid_t> threads_of(pid_t process) {
  std::vector<pid_t> threads;
  for (const auto& entry : std::filesystem::directory_iterator(proc_path(process, "task")))
    threads.push_back(std::stoi(entry.path().filename().string()));
  return threads;
}

std::vector<int> allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> processors;
  for (int i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(static_cast<std::size_t>(i), &set)) processors.push_back(i);
  return processors;
}

void pin_to_processor(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(processor), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0)
    throw std::runtime_error("cannot pin to processor " + std::to_string(processor));
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

machine_description describe_machine() {
  utsname names{};
  uname(&names);
  std::string model = line_after("/proc/cpuinfo", "model name");
  auto start = model.find_first_not_of("\t :");
  return {start == std::string::npos ? "unknown" : model.substr(start),
          std::thread::hardware_concurrency(), std::string(names.sysname) + " " + names.release};
}

} // namespace vaquero::bench
