#include "server/main.hpp"

#include "server/command_line.hpp"

#include <filesystem>

namespace vaquero {

int main(int argc, const char* const* argv, handler_registry handlers) {
  // Whoever executes a program may leave it without a name.
  const auto name = std::filesystem::path{argc > 0 ? argv[0] : "server"}.filename().string();
  std::string about = "A WebSocket server. Its handlers:";
  for (const auto& each : handlers)
    about += " " + each.name;
  return run_command_line(argc, argv,
                          {.name = name, .about = about, .handlers = std::move(handlers)});
}

} // namespace vaquero
