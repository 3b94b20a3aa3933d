#include "server/server.hpp"

#include "net/client_log.hpp"
#include "net/connection.hpp"
#include "net/listener.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/log.hpp"
#include "runtime/scheduler.hpp"
#include "server/listen_address.hpp"

#include <caf/actor_system.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno> // program_invocation_short_name
#include <csignal>
#include <cstring>
#include <iostream>
#include <stdexcept>
#include <sys/resource.h>

namespace vaquero {

namespace {

// A connection is a descriptor, and the soft limit is a default for programs that use select().
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void block_signals(sigset_t& set, bool hang_up) {
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (hang_up) sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

} // namespace

// In the order in which they are made; they end in the other one.
struct server::running {
  running(const server_options& options, caf::actor_system_config& config)
      : system(config), home(system, {.blocking_threads_max = options.blocking_threads_max,
                                      .topics = options.topics}),
        pool({.threads_max = options.blocking_threads_max}), memory(options.buffer_bytes_max) {
    home.system_monitor().set_options({.long_callback = options.stall_threshold});
    if (options.stall_reporter) home.system_monitor().report_to(options.stall_reporter);
    auto count = options.loops;
    if (count == 0) count = std::clamp(std::thread::hardware_concurrency(), 1u, loops_max);
    for (unsigned i = 0; i < count; ++i)
      loops.push_back(
          std::make_unique<loop>(loop_services{home, pool, describe_callback, memory, clients}));
  }

  std::vector<loop*> all_loops() const {
    std::vector<loop*> result;
    for (const auto& each : loops)
      result.push_back(each.get());
    return result;
  }

  caf::actor_system system;
  node home;
  blocking_pool pool;
  memory_budget memory;
  client_log clients;
  std::vector<std::unique_ptr<loop>> loops;
  std::vector<std::unique_ptr<listener>> listeners;
};

server::server(server_options options) : options_(std::move(options)) {}

server::~server() { stop(); }

caf::actor_system_config& server::config() {
  if (!config_) {
    config_ = std::make_unique<caf::actor_system_config>();
    use_vaquero_scheduler(*config_, {.workers = options_.workers});
    add_messages<outgoing_data, close_request, connection_query, connection_info, down,
                 exit_signal>(*config_);
  }
  return *config_;
}

void server::add_handler(const route_at& at, handler_type type) {
  type.route = route_name(at);
  routes_before_start().add_handler(at, std::make_shared<const handler_type>(std::move(type)));
}

void server::route(const route_at& at, const named_handler& what,
                   const websocket_options& options) {
  add_handler(at, what.make(options));
  what.register_messages(config());
}

router& server::routes_before_start() {
  if (running_) throw std::logic_error{"routes are added before the server is started"};
  return *routes_;
}

void server::use(router routes) {
  auto next = std::make_shared<router>(std::move(routes));
  if (running_) {
    // There is no telling when a connection, and whoever watches it, is done with its type. They are
    // small, and an operator changes routes now and then.
    const auto& old = routes_->types();
    retired_types_.insert(retired_types_.end(), old.begin(), old.end());
    for (auto& each : running_->listeners)
      each->use(next);
  }
  routes_ = std::move(next);
}

void server::at_start(std::function<void(caf::actor_system&)> hook) {
  start_hooks_.push_back(std::move(hook));
}

void server::at_stop(std::function<void()> hook) { stop_hooks_.push_back(std::move(hook)); }

void server::start() {
  if (running_) throw std::logic_error{"the server runs already"};
  if (options_.loops > loops_max)
    throw std::runtime_error{"there can be " + std::to_string(loops_max) + " loops at most, not " +
                             std::to_string(options_.loops)};
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN); // a peer, or who reads our log, may go at any time
  auto made = std::make_unique<running>(options_, config());
  for (const auto& address : options_.listen) {
    try {
      auto endpoint = parse_listen_address(address.address);
      made->listeners.push_back(
          std::make_unique<listener>(made->all_loops(), endpoint, routes_, options_.http,
                                     listener_options{address.backlog, options_.connections_max}));
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error{error.what()};
    } catch (const boost::system::system_error& error) {
      throw std::runtime_error{"cannot listen on \"" + address.address +
                               "\": " + error.code().message()};
    }
  }
  if (made->listeners.empty()) throw std::runtime_error{"there is no address to listen on"};
  running_ = std::move(made);
  auto start_loops = [this] {
    for (auto& each : running_->loops)
      each->start();
  };
  try {
    for (auto& hook : start_hooks_)
      hook(running_->system);
    for (auto& each : running_->listeners)
      each->start();
  } catch (...) {
    start_loops(); // what has begun ends there
    end();
    throw;
  }
  start_loops();
}

void server::stop() { end(); }

server::ending server::end() {
  if (!running_) return {};
  for (auto& each : running_->listeners)
    each->stop();
  std::atomic<std::size_t> connections = 0;
  for (auto& each : running_->loops) {
    each->post([&connections, here = each.get()] { connections += connections_on(*here).size(); });
    each->ask_to_stop(options_.shutdown_timeout);
  }
  ending result;
  for (auto& each : running_->loops) {
    each->join();
    result.given_up += each->given_up();
  }
  result.connections = connections;
  if (result.given_up != 0)
    log_warning(std::to_string(result.given_up) + " sockets were left after shutdown_timeout, and "
                                                  "are given up");
  // What blocks is waited for: there is no other way to end it, and its process must end like all.
  if (!running_->pool.finish(options_.shutdown_timeout)) {
    log_warning("a callback of a blocking handler does not return; waiting for it");
    running_->pool.finish(std::chrono::milliseconds::max());
  }
  for (auto& each : running_->loops)
    each->finish_rest();
  for (auto& hook : stop_hooks_)
    hook();
  running_.reset();
  retired_types_.clear();
  return result;
}

int server::run(const std::function<void()>& reload) {
  sigset_t awaited;
  block_signals(awaited, reload != nullptr); // before threads start: they inherit it
  try {
    start();
  } catch (const std::runtime_error& error) {
    std::cerr << program_invocation_short_name << ": " << error.what() << '\n';
    return 1;
  }
  for (const auto& url : urls())
    std::cout << "listening on " << url << std::endl;
  log_info(description());
  int signal = 0;
  while (sigwait(&awaited, &signal) == 0 && signal == SIGHUP)
    reload();
  log_info(std::string{"stopping: SIG"} + sigabbrev_np(signal));
  // Whoever asks a second time gets the system's answer: the program ends at once.
  pthread_sigmask(SIG_UNBLOCK, &awaited, nullptr);
  const auto [connections, given_up] = end();
  log_info("stopped: " + std::to_string(connections) + " connections ended, " +
           std::to_string(given_up) + " sockets given up");
  return 0;
}

/// What runs, for the log.
std::string server::description() const {
  std::string text = "started: listening on";
  for (const auto& url : urls())
    text += ' ' + url;
  return text + " with " + std::to_string(running_->loops.size()) + " loops";
}

std::vector<std::string> server::urls() const {
  std::vector<std::string> result;
  if (running_)
    for (const auto& each : running_->listeners)
      result.push_back(url_of(each->address()));
  return result;
}

node& server::home() { return running_->home; }

std::size_t server::buffered_bytes() const { return running_->memory.used(); }

caf::actor_system& server::system() { return running_->system; }

void server::list_connections(std::function<void(std::vector<pid>)> done) {
  struct collection {
    std::mutex mutex;
    std::vector<pid> found;
    std::size_t loops_left;
    std::function<void(std::vector<pid>)> done;
  };
  auto all = std::make_shared<collection>();
  all->loops_left = running_->loops.size();
  all->done = std::move(done);
  for (auto& each : running_->loops) {
    each->post([all, here = each.get()] {
      auto found = connections_on(*here);
      std::unique_lock lock{all->mutex};
      all->found.insert(all->found.end(), found.begin(), found.end());
      if (--all->loops_left != 0) return;
      lock.unlock();
      all->done(std::move(all->found));
    });
  }
}

} // namespace vaquero
