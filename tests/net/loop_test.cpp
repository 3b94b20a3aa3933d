// A loop without a server: what it owes to its sources, however many are ready.
#include "net/client_log.hpp"
#include "net/io_source.hpp"
#include "net/loop.hpp"
#include "net/memory_budget.hpp"
#include "runtime/blocking_pool.hpp"
#include "tests/support/event_queue.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <catch2/catch.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

using namespace vaquero;
using namespace vaquero::testing;
using namespace std::chrono_literals;

namespace {

/// Is always readable, and is never read.
class busy_source final : public io_source {
 public:
  busy_source(loop& home, event_queue<int>& deadlines)
      : home_(home), deadlines_(deadlines), fd_(eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) {
    home.add(fd_, *this, readiness::readable);
  }

  void on_ready(readiness) override { ++times_ready; }
  void on_flush() override {}
  void on_deadline() override { deadlines_.push(times_ready); }
  void on_stop(bool) override {
    home_.remove(fd_, *this);
    ::close(fd_);
    delete this;
  }

  int times_ready = 0;

 private:
  loop& home_;
  event_queue<int>& deadlines_;
  int fd_;
};

struct lone_loop {
  caf::actor_system_config config;
  caf::actor_system system{config};
  node home{system};
  blocking_pool pool{{}};
  memory_budget memory{1 << 20};
  client_log clients;
  loop tested{{home, pool, [](std::uintptr_t) { return std::string{}; }, memory, clients}};
};

} // namespace

TEST_CASE("a deadline comes while more sockets are ready than a turn looks at") {
  lone_loop s;
  event_queue<int> deadlines;
  busy_source* last = nullptr;
  for (int i = 0; i < 2 * readiness_set::events_max; ++i)
    last = new busy_source{s.tested, deadlines}; // the loop's end destroys it
  s.tested.set_deadline(*last, loop::later(s.tested.now(), 0ms));
  s.tested.start();
  CHECK(deadlines.pop() > 0); // and not before its socket was looked at
  s.tested.ask_to_stop(1s);
  s.tested.join();
}
