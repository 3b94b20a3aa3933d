// All of `vaquero serve`, `check` and `config` for a program's own handlers:
//
//     int main(int argc, char** argv) {
//       return vaquero::main(argc, argv, {vaquero::handler<hello>("hello")});
//     }
#pragma once

#include "server/handler_registry.hpp"

namespace vaquero {

/// Does what the command line says, and returns what main returns, as run_command_line does. The program
/// is called as its file is. Without a configuration each handler is served at /NAME; with one, at the
/// routes that name it.
int main(int argc, const char* const* argv, handler_registry handlers);

} // namespace vaquero
