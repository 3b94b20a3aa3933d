// What the tests of compression speak to: echoes with every kind of options. It is started as the
// program is: `deflate_server serve --listen ADDR:PORT`.
#include "handlers/echo.hpp"
#include "server/server.hpp"

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: deflate_server serve --listen ADDR:PORT\n");
    return 2;
  }
  const vaquero::deflate_options own{.server_context_takeover = true,
                                     .client_context_takeover = true};
  auto narrow = own;
  narrow.server_max_window_bits = 9;
  narrow.client_max_window_bits = 9;
  const auto options = [](const vaquero::deflate_options& deflate) {
    return vaquero::websocket_options{.compress = true, .compress_min_size = 0, .deflate = deflate};
  };
  vaquero::server server{{.listen = std::string{argv[3]}}};
  server.route<vaquero::echo>("/plain");
  server.route<vaquero::echo>("/shared", options({}));
  server.route<vaquero::echo>("/own", options(own));
  server.route<vaquero::echo>("/server_only", options({.server_context_takeover = true}));
  server.route<vaquero::echo>("/client_only", options({.client_context_takeover = true}));
  server.route<vaquero::echo>("/narrow", options(narrow));
  server.route<vaquero::echo>("/best", options({.level = 9, .mem_level = 9}));
  return server.run();
}
