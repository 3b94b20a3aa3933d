// A server in a program: routes, listeners, loops, and the caf::actor_system under them.
//
//     vaquero::server server{{.listen = "127.0.0.1:8080"}};
//     server.route<hello>("/websocket");
//     return server.run();
//
// It is used by one thread. What routes lead to runs on the loops.
#pragma once

#include "net/handler_type.hpp"
#include "net/http_session.hpp"
#include "net/router.hpp"
#include "runtime/system_monitor.hpp"
#include "runtime/topic_options.hpp"
#include "server/handler_registry.hpp"

#include <caf/actor_system_config.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace vaquero {

class node;

/// Connections that the kernel keeps until they are accepted. (ranch: backlog)
constexpr int listen_backlog = 1024;

/// "127.0.0.1:8080", "[::1]:0", "0.0.0.0:80". Port 0: the system picks one.
struct listen_address {
  listen_address(const char* where) : address(where) {}
  listen_address(std::string where, int keeps = listen_backlog)
      : address(std::move(where)), backlog(keeps) {}

  std::string address;
  int backlog = listen_backlog;
};

/// One address or several: "127.0.0.1:8080", or {"127.0.0.1:8080", "[::1]:8080"}.
struct listen_addresses : std::vector<listen_address> {
  listen_addresses() = default;
  listen_addresses(const char* one) : vector{listen_address{one}} {}
  listen_addresses(std::string one) : vector{listen_address{std::move(one)}} {}
  listen_addresses(std::initializer_list<listen_address> all) : vector(all) {}
  explicit listen_addresses(const std::vector<std::string>& all) : vector(all.begin(), all.end()) {}
};

/// Each has a timer queue, and a timer's reference has 8 bits to tell which.
constexpr unsigned loops_max = 255;

struct server_options {
  listen_addresses listen = "127.0.0.1:8080";

  /// Threads that carry connections, at most `loops_max`. 0: one for each core.
  unsigned loops = 0;

  /// Threads that run processes without a connection, at most `workers_max`. 0: one for each core.
  unsigned workers = 0;

  /// Callbacks of blocking handlers that run at the same time; and as many of blocking processes.
  std::size_t blocking_threads_max = 16;

  /// A callback that blocks its loop for so long is reported.
  std::chrono::milliseconds stall_threshold{300};

  /// Whom that and all else that the node's system_monitor sees is reported to, on the thread that
  /// noticed; empty: the log.
  system_monitor::reporter stall_reporter = {};

  /// How long `stop` waits for connections and callbacks to end.
  std::chrono::milliseconds shutdown_timeout{5'000};

  /// Connections at the same time; more wait in the backlog. 0: what the descriptor limit allows.
  std::size_t connections_max = 0;

  /// Heap that messages which are being put together and output that waits may take, of all
  /// connections. Over it the largest holders are closed with 1013, and so is whoever goes on sending
  /// a message of more than 16 KiB.
  std::size_t buffer_bytes_max = 256 << 20;

  /// Names, subscriptions, last values, and what waits for a loop.
  topic_options topics = {};

  http_options http = {};
};

class server {
 public:
  explicit server(server_options options = {});
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  // -- before it is started -----------------------------------------------------------------------------

  /// Each upgrade there makes a Handler with copies of `args`. The options are the connection's unless
  /// its `init` says otherwise. A path alone is that of any host.
  template <class Handler, class... Args>
  void route(const route_at& at, websocket_options options = {}, Args... args) {
    add_handler(at, make_handler_type<Handler>(options, std::move(args)...));
    Handler::register_messages(config());
  }
  template <class Handler, std::convertible_to<std::string> Path, class... Args>
  void route(Path path, websocket_options options = {}, Args... args) {
    route<Handler>(route_at{.path = std::move(path)}, options, std::move(args)...);
  }

  /// A handler as files name it.
  void route(const route_at& at, const named_handler& what, const websocket_options& options = {});

  /// A plain GET at `path`, answered at once, or later from anywhere.
  void route_page(std::string path, page answer) { add_page({.path = std::move(path)}, answer); }
  void route_slow_page(std::string path, slow_page answer) {
    add_page({.path = std::move(path)}, answer);
  }

  /// The files of a folder below `path`. Throws std::invalid_argument also if there is no such folder.
  void route_files(std::string path, const std::string& folder) {
    routes_before_start().add_files({.path = std::move(path)}, folder);
  }

  /// For actors of the program's own: the first runs when the system is there and no connection is
  /// yet; the second when the last connection is gone. An actor system ends when its actors have, so
  /// whoever spawns some ends them there and lets their handles go.
  void at_start(std::function<void(caf::actor_system&)> hook);
  void at_stop(std::function<void()> hook);

  /// The actor system's configuration, for programs that bring actors of their own.
  caf::actor_system_config& config();

  // -- running --------------------------------------------------------------------------------------------

  /// Starts listening and the loops, and returns. The process ignores SIGPIPE from then on. Throws
  /// std::runtime_error, with what to do, if an address is wrong or cannot be had, or there are too many
  /// loops.
  void start();

  /// Ends all connections (close code 1001, terminate reason exit{shutdown}) and everything else. The
  /// log says how many sockets were left when shutdown_timeout was over, if any.
  void stop();

  /// start; "listening on URL" on stdout for each address; waits for SIGINT or SIGTERM; stop. Returns
  /// what main returns: 0, or 1 after an error, which it prints. At each SIGHUP it calls `reload`, if
  /// there is one. The log has a line for the start and for the end.
  int run(const std::function<void()>& reload = {});

  /// While it runs: other routes for the sockets that connect from now on. What is connected goes on as
  /// it is. The messages of new handlers are made known to other nodes before the start only.
  void use(router routes);

  /// After start: "http://127.0.0.1:8080" for each address.
  std::vector<std::string> urls() const;

  /// After start, until stop.
  node& home();
  caf::actor_system& system();

  /// After start, until stop: what counts against buffer_bytes_max. Each loop may know of up to 64 KiB
  /// more or less.
  std::size_t buffered_bytes() const;

  /// The connections that are open, collected from the loops; `done` runs on one of them.
  void list_connections(std::function<void(std::vector<pid>)> done);

 private:
  struct running;
  struct ending {
    std::size_t connections = 0;
    std::size_t given_up = 0; // sockets
  };

  ending end();
  std::string description() const;
  void add_handler(const route_at& at, handler_type type);
  template <class Page>
  void add_page(const route_at& at, Page answer) {
    routes_before_start().add_page(at, std::move(answer));
  }
  router& routes_before_start();

  server_options options_;
  std::unique_ptr<caf::actor_system_config> config_;
  std::shared_ptr<router> routes_ = std::make_shared<router>();
  std::vector<std::shared_ptr<const handler_type>> retired_types_; // connections may have them
  std::vector<std::function<void(caf::actor_system&)>> start_hooks_;
  std::vector<std::function<void()>> stop_hooks_;
  std::unique_ptr<running> running_;
};

} // namespace vaquero
