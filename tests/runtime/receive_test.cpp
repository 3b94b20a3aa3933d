#include "runtime/receive.hpp"
#include "runtime/spawn.hpp"
#include "tests/support/world.hpp"

using namespace vaquero;
using namespace vaquero::test;
using namespace std::chrono_literals;

namespace {

struct ping {
  pid from;
  int number;
};
struct pong {
  int number;
};
struct stop {};

process_body ponger(int add) {
  for (;;) {
    auto request = co_await receive<ping>();
    send(request.from, pong{request.number + add});
  }
}

} // namespace

TEST_CASE("two functions play ping-pong", "[receive]") {
  world w;
  std::promise<int> sum;
  auto server = w.track(spawn(w.home, ponger, 1));
  spawn(w.home, [&]() -> process_body {
    int total = 0;
    for (int i = 0; i < 1'000; ++i) {
      send(server, ping{self(), total});
      total = (co_await receive<pong>()).number;
    }
    sum.set_value(total);
  });
  CHECK(sum.get_future().get() == 1'000);
}
