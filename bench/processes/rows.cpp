#include "bench/processes/rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace vaquero::bench {

namespace {

constexpr auto messages = "messages/s";
constexpr auto processes = "processes/s";

constexpr std::array rows{
    row{"spawn_die", task::spawn_die, processes, {1, 500'000}, 3},
    row{"idle_bytes", task::idle, "bytes", {200'000, 0}, 0.1},
    row{"ping_pong_1", task::ping_pong, messages, {1, 2'000'000}, 3},
    row{"ping_pong_2", task::ping_pong, messages, {2, 2'000'000}},
    row{"ping_pong_100", task::ping_pong, messages, {100, 2'000'000}, 3},
    row{"n_to_1_1", task::n_to_1, messages, {1, 2'000'000}},
    row{"n_to_1_2", task::n_to_1, messages, {2, 2'000'000}},
    row{"n_to_1_100", task::n_to_1, messages, {100, 2'000'000}},
    row{"1_to_10k", task::one_to_n, messages, {10'000, 2'000'000}},
    row{"1_to_1m", task::one_to_n, messages, {1'000'000, 2'000'000}},
    row{"ring_100k", task::ring, messages, {100'000, 1'000'000}},
    row{"fork_join", task::fork_join, processes, {1, 500'000}},
    row{"chameneos", task::chameneos, messages, {100, 800'000}},
    row{"timers_1m", task::timers, "timers/s", {1, 1'000'000}},
    row{"call_round_trip", task::call, "calls/s", {1, 500'000}},
};

constexpr std::array growths{
    growth{"ping_pong_1", "ping_pong_2"}, growth{"ping_pong_1", "ping_pong_100"},
    growth{"n_to_1_1", "n_to_1_2"},       growth{"n_to_1_1", "n_to_1_100"},
    growth{"1_to_10k", "1_to_1m"},
};

constexpr std::array task_names{
    std::pair{task::spawn_die, "spawn_die"}, std::pair{task::idle, "idle"},
    std::pair{task::ping_pong, "ping_pong"}, std::pair{task::n_to_1, "n_to_1"},
    std::pair{task::one_to_n, "one_to_n"},   std::pair{task::ring, "ring"},
    std::pair{task::fork_join, "fork_join"}, std::pair{task::chameneos, "chameneos"},
    std::pair{task::timers, "timers"},       std::pair{task::call, "call"},
};

} // namespace

const char* name_of(task what) {
  return std::ranges::find(task_names, what, [](auto& each) { return each.first; })->second;
}

task task_named(const std::string& name) {
  auto found = std::ranges::find(task_names, name, [](auto& each) { return each.second; });
  if (found == task_names.end()) throw std::invalid_argument("there is no task '" + name + "'");
  return found->first;
}

std::span<const row> all_rows() { return rows; }

std::span<const growth> all_growths() { return growths; }

const row& row_named(const std::string& name) {
  auto found = std::ranges::find(rows, name, [](auto& each) { return each.name; });
  if (found != rows.end()) return *found;
  std::string known;
  for (const row& each : rows)
    known += std::string(known.empty() ? "" : ", ") + each.name;
  throw std::invalid_argument("--row: there is no row '" + name + "'; the rows are " + known);
}

task_size scaled(const row& which, double scale) {
  constexpr std::size_t many = 1'000; // below, the number of processes is what the row is about
  auto part = [&](std::size_t whole) {
    return static_cast<std::size_t>(std::llround(static_cast<double>(whole) * scale));
  };
  task_size size = which.size;
  if (size.processes > many) size.processes = std::max<std::size_t>(part(size.processes), 10);
  size.operations = std::max(part(size.operations), size.processes); // each takes part
  return size;
}

} // namespace vaquero::bench
