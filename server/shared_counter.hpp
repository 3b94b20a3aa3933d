// The counter of the demo page: a process that owns a number, so that of all who add to it none is lost. Its
// value is published, and kept for who comes later.
#pragma once

#include "runtime/spawn.hpp"

namespace vaquero {

inline constexpr const char* shared_counter_topic = "demo/counter";

/// Takes `add_one` (handlers/live.hpp) under the name `shared_counter_name`, and publishes what it has counted
/// to `shared_counter_topic`, in digits: from 0, at the start.
process_body shared_counter();

} // namespace vaquero
