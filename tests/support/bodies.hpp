// Processes that are functions, in the world of a test.
#pragma once

#include "runtime/call.hpp"
#include "runtime/spawn.hpp"
#include "tests/support/world.hpp"

namespace vaquero::test {

/// Why this process ended; waits until it has, and its links and monitors have heard of it.
inline exit_reason end_of(const pid& process) {
  auto told = std::make_shared<std::promise<exit_reason>>();
  caf::actor_cast<caf::abstract_actor*>(process)->attach_functor(
      [told](const caf::error& why) { told->set_value(exit_reason{why}); });
  auto ended = told->get_future();
  REQUIRE(ended.wait_for(patience) == std::future_status::ready);
  return ended.get();
}

/// Runs this as a process, and returns why it ended. A test that only waits may check inside of it.
template <class Body>
exit_reason run(world& w, Body body) {
  return end_of(w.track(spawn(w.home, std::move(body))));
}

} // namespace vaquero::test
