#include "server/demo.hpp"

#include "handlers/echo.hpp"
#include "handlers/hello.hpp"
#include "handlers/live.hpp"
#include "runtime/verbs.hpp"
#include "server/connection_observer.hpp"
#include "server/front_page.hpp"
#include "server/live_desk.hpp"

namespace vaquero {

namespace {

// The page shows no more rows than a person reads.
constexpr std::size_t rows_shown_max = 100;

void spawn_live_desk(server& server, const std::shared_ptr<connection_observer>& observer) {
  auto desk = std::make_shared<pid>();
  server.at_start([&server, observer, desk](caf::actor_system&) {
    *desk = spawn(server.home(), live_desk, [observer](std::function<void(connection_list)> done) {
      observer->list(rows_shown_max, std::move(done));
    });
  });
  server.at_stop([desk] {
    exit(*desk, exit_reason::shutdown());
    *desk = nullptr;
  });
}

} // namespace

void route_demo(server& server) {
  server.route<echo>("/echo");
  server.route<echo>("/echo/deflate", {.compress = true});
  // A page that only listens would be silent for longer than idle_timeout; browsers answer pings.
  const websocket_options listening{.ping_interval = std::chrono::seconds{25}};
  server.route<hello>("/hello", listening);
  server.route<live>("/live", listening);
  server.route_page("/", [](const request&) { return front_page(); });
  auto observer = std::make_shared<connection_observer>(server);
  route_connections_page(server, observer);
  spawn_live_desk(server, observer);
}

} // namespace vaquero
