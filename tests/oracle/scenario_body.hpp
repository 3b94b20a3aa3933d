// A process of a scenario that is a function: it looks for the messages that it is told to, and leaves the
// others where they are.
#pragma once

#include "tests/oracle/scenario_process.hpp"

namespace vaquero::oracle {

/// Its end is noted in the play like that of the others.
pid spawn_body(vaquero::node& home, scenario& play, const std::string& name);

} // namespace vaquero::oracle
