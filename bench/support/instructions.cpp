#include "bench/support/instructions.hpp"

#include "bench/support/process_stats.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <linux/perf_event.h>
#include <sstream>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vaquero::bench {

namespace {

unique_fd open_counter(pid_t thread) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
  attributes.disabled = 1;
  attributes.inherit = 1; // threads that start later
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  return unique_fd(static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, thread, -1, -1, PERF_FLAG_FD_CLOEXEC)));
}

class perf_counter : public instruction_counter {
 public:
  const char* name() const override { return "perf_event"; }
  command_line prefix() const override { return {}; }

  void begin(pid_t server, const deadline&) override {
    counters_.clear();
    for (pid_t thread : threads_of(server)) {
      counters_.push_back(open_counter(thread));
      if (counters_.back().get() < 0)
        throw std::runtime_error(std::string("perf_event_open: ") + strerror(errno));
    }
    for (const unique_fd& counter : counters_)
      ioctl(counter.get(), PERF_EVENT_IOC_ENABLE, 0);
  }

  std::uint64_t end(const deadline&) override {
    std::uint64_t sum = 0;
    for (const unique_fd& counter : counters_) {
      std::uint64_t count = 0;
      ioctl(counter.get(), PERF_EVENT_IOC_DISABLE, 0);
      if (read(counter.get(), &count, sizeof count) != static_cast<ssize_t>(sizeof count))
        throw std::runtime_error("cannot read an instruction counter");
      sum += count;
    }
    return sum;
  }

 private:
  std::vector<unique_fd> counters_;
};

/// One run serves any number of counts: a dump writes what was counted since the one before it.
class callgrind_counter : public instruction_counter {
 public:
  callgrind_counter() {
    std::string name = (std::filesystem::temp_directory_path() / "bench_callgrind.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    folder_ = name;
  }

  ~callgrind_counter() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  const char* name() const override { return "callgrind"; }

  command_line prefix() const override {
    // Fair scheduling keeps a thread that polls from starving the others. Servers that begin as a
    // script (erl, env) are followed into what they become, not into their helpers.
    return {"valgrind", "--tool=callgrind", "--fair-sched=try", "--trace-children=yes",
            "--trace-children-skip=*/erl_child_setup,*/inet_gethost",
            "--callgrind-out-file=" + (folder_ / "out").string()};
  }

  void begin(pid_t server, const deadline& limit) override {
    server_ = server;
    dump(limit);
  }

  std::uint64_t end(const deadline& limit) override { return dump(limit); }

 private:
  std::uint64_t dump(const deadline& limit) {
    run_command({"vgdb", "--wait=10", "--pid=" + std::to_string(server_), "dump"}, limit);
    std::uint64_t total = 0;
    bool found = false;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("totals: ")) continue;
        total += std::stoull(line.substr(8));
        found = true;
      }
      std::filesystem::remove(entry.path());
    }
    if (!found) throw std::runtime_error("callgrind wrote no totals");
    return total;
  }

  std::filesystem::path folder_;
  pid_t server_ = -1;
};

} // namespace

bool is_installed(const char* program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  return false;
}

std::unique_ptr<instruction_counter> make_processor_counter() {
  if (open_counter(0).get() < 0) return nullptr;
  return std::make_unique<perf_counter>();
}

std::unique_ptr<instruction_counter> make_instruction_counter() {
  if (auto counter = make_processor_counter()) return counter;
  if (!is_installed("valgrind") || !is_installed("vgdb"))
    throw std::runtime_error("this machine offers no instruction counter (perf_event_open fails), "
                             "and valgrind is not installed (Debian: apt install valgrind); "
                             "give --no-instructions to go without");
  return std::make_unique<callgrind_counter>();
}

} // namespace vaquero::bench
