#include "bench/processes/world_runs.hpp"

#include "bench/processes/beam_source.hpp"
#include "bench/processes/worlds.hpp"
#include "bench/support/instructions.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace vaquero::bench {

namespace {

constexpr std::array world_names{"vaquero", "caf_sharing", "caf_stealing", "beam"};
static_assert(world_names.size() == world_count);

std::filesystem::path temporary_folder() {
  std::string path = std::filesystem::temp_directory_path() / "beam_world.XXXXXX";
  if (!mkdtemp(path.data())) throw std::runtime_error("cannot make the folder " + path);
  return path;
}

} // namespace

const char* name_of(world where) { return world_names[static_cast<std::size_t>(where)]; }

world world_named(const std::string& name) {
  auto found = std::ranges::find(world_names, name);
  if (found != world_names.end()) return static_cast<world>(found - world_names.begin());
  throw std::invalid_argument("there is no world '" + name +
                              "'; the worlds are vaquero, caf_sharing, caf_stealing and beam");
}

double run_here(world where, task what, task_size size, std::size_t workers) {
  switch (where) {
    case world::vaquero: return run_in_vaquero(what, size, workers);
    case world::caf_sharing: return run_in_caf(what, size, workers, caf_policy::sharing);
    case world::caf_stealing: return run_in_caf(what, size, workers, caf_policy::stealing);
    case world::beam: break;
  }
  throw std::invalid_argument("BEAM does not run inside of this program");
}

void require_beam() {
  if (is_installed("erlc") && is_installed("erl")) return;
  throw std::runtime_error("BEAM is measured beside the others, and erl and erlc are not installed "
                           "(Debian: apt install erlang-base); give --skip beam to go without");
}

beam_code::beam_code(const deadline& limit) : folder_(temporary_folder()) {
  std::filesystem::path source = folder_ / "beam_world.erl";
  std::ofstream(source) << beam_world_source;
  try {
    run_command({"erlc", "-Werror", "-o", folder_, source}, limit);
  } catch (...) {
    std::filesystem::remove_all(folder_);
    throw;
  }
}

beam_code::~beam_code() {
  std::error_code ignored; // a folder of /tmp that stays harms nobody
  std::filesystem::remove_all(folder_, ignored);
}

command_line command_for_run(const command_line& program, world where, const beam_code* beam,
                             task what, task_size size, std::size_t workers) {
  auto processes = std::to_string(size.processes);
  auto operations = std::to_string(size.operations);
  auto count = std::to_string(workers);
  command_line command = program;
  if (where != world::beam) {
    command.insert(command.end(),
                   {"run", name_of(where), name_of(what), processes, operations, count});
    return command;
  }
  // By default BEAM has room for 262,144 processes; here it has room for all, and some of its own.
  auto room = std::to_string(2 * size.processes + 1'000'000);
  return {"erl",
          "+S",
          count + ":" + count,
          "+P",
          room,
          "-pa",
          beam->folder(),
          "-noinput",
          "-run",
          "beam_world",
          "main",
          "-extra",
          name_of(what),
          processes,
          operations,
          std::to_string(turn_max)};
}

double value_of_run(const command_line& command, const deadline& limit) {
  child_process child(command);
  const int status = child.wait(limit);
  const auto output = child.output();
  char* end = nullptr;
  const double value = std::strtod(output.c_str(), &end);
  if (status != 0 || end == output.c_str())
    throw std::runtime_error("'" + command.front() + "' failed: " + child.errors() + output);
  return value;
}

} // namespace vaquero::bench
