// What one connection of the demo says to another: a message as any process may send it.
#pragma once

#include <cstdint>
#include <string>

namespace vaquero {

struct note {
  std::uint64_t from; // the actor id of the connection that sent it; 0: nobody's
  std::string text;
};

} // namespace vaquero
