// Counts the user-space instructions of a server: with the processor's counter where the machine
// offers one (perf_event_open), under callgrind where it does not. Which one is chosen at run time.
#pragma once

#include "bench/support/child.hpp"

#include <cstdint>
#include <memory>
#include <sys/types.h>

namespace vaquero::bench {

class instruction_counter {
 public:
  virtual ~instruction_counter() = default;

  virtual const char* name() const = 0;
  /// What has to stand in front of the server's command line.
  virtual command_line prefix() const = 0;
  /// Counts from here, in all threads of the server.
  virtual void begin(pid_t server, const deadline& limit) = 0;
  /// The instructions since begin().
  virtual std::uint64_t end(const deadline& limit) = 0;
};

/// Throws std::runtime_error when there is neither a counter nor valgrind.
std::unique_ptr<instruction_counter> make_instruction_counter();

/// The processor's counter, which needs nothing in front of a command line; null where the machine
/// offers none.
std::unique_ptr<instruction_counter> make_processor_counter();

/// Whether `program` is found in PATH and may be executed.
bool is_installed(const char* program);

} // namespace vaquero::bench
