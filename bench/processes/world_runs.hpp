// The worlds of the comparison, and one run in one of them: a child process that prints one number. The
// C++ worlds are this program again, called with `run`; BEAM is `erl` with a module compiled at the start.
#pragma once

#include "bench/processes/rows.hpp"
#include "bench/support/child.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace vaquero::bench {

/// In the order of the columns. The product comes first.
enum class world { vaquero, caf_sharing, caf_stealing, beam };
inline constexpr std::size_t world_count = 4;

const char* name_of(world where);
/// Throws std::invalid_argument, naming the worlds that there are.
world world_named(const std::string& name);

/// What the child of a C++ world does: the measured value. Not for `beam`.
double run_here(world where, task what, task_size size, std::size_t workers);

/// Throws std::runtime_error, saying what to do, where BEAM is not installed.
void require_beam();

/// beam_world, compiled into a folder that lives as long as this.
class beam_code {
 public:
  explicit beam_code(const deadline& limit);
  beam_code(const beam_code&) = delete;
  beam_code& operator=(const beam_code&) = delete;
  ~beam_code();

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

/// The command line of a run: `program` stands before `run WORLD TASK PROCESSES OPERATIONS WORKERS`.
command_line command_for_run(const command_line& program, world where, const beam_code* beam,
                             task what, task_size size, std::size_t workers);

/// Runs it. Throws timed_out at the limit, std::runtime_error with its errors when it fails.
double value_of_run(const command_line& command, const deadline& limit);

} // namespace vaquero::bench
