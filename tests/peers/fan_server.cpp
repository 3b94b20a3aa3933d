// A topic for clients that compress, on one loop, and a page that tells how often zlib was run. It is started
// as the program is: `fan_server serve --listen ADDR:PORT`.
#include "handlers/topic_handler.hpp"
#include "server/server.hpp"

#include <atomic>
#include <cstdio>
#include <dlfcn.h>
#include <zlib.h>

namespace {

std::atomic<unsigned> runs = 0;

} // namespace

// Stands in front of zlib's.
extern "C" int deflate(z_streamp stream, int flush) {
  static const auto next = reinterpret_cast<decltype(&deflate)>(dlsym(RTLD_NEXT, "deflate"));
  ++runs;
  return next(stream, flush);
}

int main(int argc, char** argv) {
  using namespace vaquero;
  if (argc != 4) {
    std::fprintf(stderr, "usage: fan_server serve --listen ADDR:PORT\n");
    return 2;
  }
  server serving{{.listen = std::string{argv[3]}, .loops = 1}};
  serving.route<topic_handler>("/topic/[...]", {.compress = true, .compress_min_size = 1});
  serving.route_page("/runs", [](const request&) {
    return response::text(200, std::to_string(runs.load()));
  });
  return serving.run();
}
