// What the tests of slow clients speak to: a flood on request, and a route for each policy of the queue. It
// is started as the program is: `queue_server serve --listen ADDR:PORT`.
#include "server/server.hpp"

#include <atomic>
#include <charconv>
#include <cstdio>

namespace {

using namespace vaquero;

/// "COUNT" is answered with so many texts of a kilobyte that begin with their numbers, from "0 " on; all in
/// one callback. Anything else comes back.
class flood final : public websocket_handler<> {
 public:
  flood(std::atomic<unsigned>* done, bool is_keyed) : done_(done), is_keyed_(is_keyed) {}

  void websocket_handle(const frame& in) override {
    unsigned count = 0;
    const auto text = in.payload();
    const auto* end = text.data() + text.size();
    if (std::from_chars(text.data(), end, count).ptr != end) return reply(text);
    for (unsigned i = 0; i < count; ++i) {
      auto numbered = std::to_string(i) + ' ';
      numbered.resize(1024, 'x');
      if (is_keyed_)
        reply(numbered, keyed{.key = "number"});
      else
        reply(numbered);
    }
    ++*done_;
  }

 private:
  std::atomic<unsigned>* done_;
  bool is_keyed_;
};

} // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: queue_server serve --listen ADDR:PORT\n");
    return 2;
  }
  std::atomic<unsigned> done = 0;
  server serving{{.listen = std::string{argv[3]}}};
  const auto add = [&](const std::string& path, queue_policy policy) {
    const bool is_keyed = policy == queue_policy::keep_latest;
    serving.route<flood>(path, {.queue_frames_max = 100, .queue_policy = policy}, &done, is_keyed);
  };
  add("/close", queue_policy::close);
  add("/drop_newest", queue_policy::drop_newest);
  add("/drop_oldest", queue_policy::drop_oldest);
  add("/keep_latest", queue_policy::keep_latest);
  serving.route_page("/done", [&](const request&) {
    return response::text(200, std::to_string(done.load()));
  });
  return serving.run();
}
