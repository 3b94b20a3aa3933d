#include "server/demo.hpp"

#include "handlers/echo.hpp"
#include "handlers/hello.hpp"
#include "handlers/live.hpp"
#include "runtime/verbs.hpp"
#include "server/connection_observer.hpp"
#include "server/front_page.hpp"
#include "server/live_desk.hpp"
#include "server/shared_counter.hpp"
#include "server/topics_page.hpp"

namespace vaquero {

namespace {

// The page shows no more rows than a person reads.
constexpr std::size_t rows_shown_max = 100;

/// A process for the time between the server's start and its stop.
template <class Body, class... Args>
void spawn_at_start(server& server, Body body, Args... args) {
  auto made = std::make_shared<pid>();
  server.at_start([&server, made, body, args...](caf::actor_system&) {
    *made = spawn(server.home(), body, args...);
  });
  server.at_stop([made] {
    exit(*made, exit_reason::shutdown());
    *made = nullptr;
  });
}

} // namespace

void route_demo(server& server, const named_handler& topics) {
  server.route<echo>("/echo");
  server.route<echo>("/echo/deflate", {.compress = true});
  // A page that only listens would be silent for longer than idle_timeout; browsers answer pings.
  const websocket_options listening{.ping_interval = std::chrono::seconds{25}};
  server.route<hello>("/hello", listening);
  server.route<live>("/live", listening);
  server.route({.path = topics.path}, topics, listening);
  server.route_page("/", [](const request&) { return front_page(); });
  auto observer = std::make_shared<connection_observer>(server);
  route_connections_page(server, observer);
  route_topics_page(server);
  spawn_at_start(server, live_desk, [observer](std::function<void(connection_list)> done) {
    observer->list(rows_shown_max, std::move(done));
  });
  spawn_at_start(server, shared_counter);
}

} // namespace vaquero
