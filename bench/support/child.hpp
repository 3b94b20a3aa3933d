// A child process that never outlives its owner: the destructor ends and reaps it, and the kernel
// kills it should the owner die without unwinding (PR_SET_PDEATHSIG).
#pragma once

#include "bench/support/deadline.hpp"
#include "bench/support/unique_fd.hpp"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace vaquero::bench {

using command_line = std::vector<std::string>;

/// Splits at blanks; single and double quotes hold a word together. No shell is involved.
/// Throws std::invalid_argument for an open quote or no word at all.
command_line split_command(const std::string& text);

class child_process {
 public:
  /// Starts it, on one processor if `cpu` names one. Throws std::runtime_error when it cannot.
  explicit child_process(const command_line& command, std::optional<int> cpu = {});
  child_process(child_process&&) = delete;
  ~child_process();

  pid_t pid() const { return pid_; }

  /// All that it has written so far. Both go to memory files, so no output ever blocks it.
  std::string output() const;
  std::string errors() const;

  bool running();
  void signal(int number);
  /// Waits for its end; 0 when it exited with success.
  int wait(const deadline& limit);
  /// SIGTERM, and SIGKILL two seconds later.
  void stop();

 private:
  [[noreturn]] void run(const command_line& command, std::optional<int> cpu, pid_t parent,
                        int failure) const;

  pid_t pid_ = -1;
  std::optional<int> status_;
  unique_fd output_;
  unique_fd errors_;
};

/// Runs a short command to its end; returns its output. Throws with its errors if it fails.
std::string run_command(const command_line& command, const deadline& limit);

} // namespace vaquero::bench
