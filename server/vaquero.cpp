// The vaquero program: its handlers, the demo that it shows when it is told nothing, and its benchmarks.
#include "bench/suite/command.hpp"
#include "handlers/echo.hpp"
#include "handlers/hello.hpp"
#include "server/command_line.hpp"
#include "server/demo.hpp"

int main(int argc, char** argv) {
  const auto topics = vaquero::serve_topics();
  return vaquero::run_command_line(
      argc, argv,
      {.version = VAQUERO_VERSION,
       .about = "Vaquero: WebSocket connections as Erlang processes",
       .handlers = {vaquero::handler<vaquero::echo>("echo"),
                    vaquero::handler<vaquero::hello>("hello"), topics},
       .demo = [topics](vaquero::server& server) { vaquero::route_demo(server, topics); },
       .commands = {{.name = "bench",
                     .about = "Measure processes, and any WebSocket server",
                     .run = vaquero::bench::run_suite}}});
}
