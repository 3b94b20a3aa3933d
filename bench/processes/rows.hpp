// What is measured: the rows of the comparison, each a task, its size and its goal. Every world (Vaquero,
// plain CAF, BEAM) runs the same protocol; README.md beside tells it row by row.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace vaquero::bench {

enum class task {
  spawn_die,
  idle,
  ping_pong,
  n_to_1,
  one_to_n,
  ring,
  fork_join,
  chameneos,
  timers,
  call
};

/// The name that a run's command line carries: "ping_pong".
const char* name_of(task what);
/// Throws std::invalid_argument for an unknown name.
task task_named(const std::string& name);

/// `operations` is what a rate counts: messages, processes or timers.
struct task_size {
  std::size_t processes = 1;
  std::size_t operations = 0;
};

struct row {
  const char* name;
  task what;
  const char* unit;
  task_size size;
  /// Of Vaquero to BEAM: at least, or at most where less is better.
  double goal = 1;

  bool less_is_better() const { return what == task::idle; }
};

std::span<const row> all_rows();
/// Throws std::invalid_argument, naming the rows that there are.
const row& row_named(const std::string& name);

/// Two rows of one task, the second with more processes: a message is not to cost more in it.
struct growth {
  const char* few;
  const char* many;
};
std::span<const growth> all_growths();

/// Of a message's cost with many processes to that with few, at most. What many need does not fit into the
/// caches, which makes a message dearer once; what is walked or searched would make it so many times over.
inline constexpr double growth_max = 1.5;

/// A part of a row's size. Fewer processes, too, where there are very many; never too few for the task.
task_size scaled(const row& which, double scale);

/// A process that sends or spawns many does so in turns of this many, with a message to itself between
/// them, in every world: what cannot be preempted gives way like that.
inline constexpr std::size_t turn_max = 1'000;

/// The processes of a task of this many that `idle` measures first.
constexpr std::size_t few_of(std::size_t processes) { return processes / 10; }

} // namespace vaquero::bench
