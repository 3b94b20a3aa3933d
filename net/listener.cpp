#include "net/listener.hpp"

#include "net/client_log.hpp"
#include "net/loop.hpp"
#include "net/socket.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <cerrno>
#include <cstring>
#include <future>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace vaquero {

using boost::asio::ip::tcp;

namespace {

// Accepted in one go before other work has its turn.
constexpr int batch_max = 64;

// Descriptors for everything that is not an accepted socket: files, loops, other listeners.
constexpr std::size_t reserved_descriptors = 64;

// As ranch: when the system has no descriptor left, or we want no more, look again after this.
constexpr std::chrono::milliseconds retry_time{100};

// What the descriptor limit allows.
std::size_t connections_possible() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = 1024;
  return limit.rlim_cur > reserved_descriptors ? limit.rlim_cur - reserved_descriptors : 1;
}

} // namespace

listener::listener(std::vector<loop*> loops, const tcp::endpoint& address,
                   std::shared_ptr<const router> routes, const http_options& http,
                   const listener_options& options)
    : loops_(std::move(loops)), routes_(std::move(routes)), http_(http), options_(options),
      acceptor_(loops_.front()->io()), accepted_(loops_.size()) {
  if (options_.connections_max == 0) options_.connections_max = connections_possible();
  acceptor_.open(address.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  if (address.protocol() == tcp::v6()) acceptor_.set_option(boost::asio::ip::v6_only(true));
  acceptor_.bind(address);
  acceptor_.listen(options_.backlog);
  acceptor_.native_non_blocking(true);
  address_ = acceptor_.local_endpoint();
}

void listener::start() { loops_.front()->watch(acceptor_.native_handle(), *this); }

void listener::stop() {
  std::promise<void> closed;
  loops_.front()->post([&] {
    loops_.front()->unwatch(acceptor_.native_handle());
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    unhook();
    closed.set_value();
  });
  closed.get_future().wait();
}

void listener::use(std::shared_ptr<const router> routes) {
  std::promise<void> changed;
  loops_.front()->post([&] {
    routes_ = std::move(routes);
    changed.set_value();
  });
  changed.get_future().wait();
}

std::size_t listener::open_sockets() const {
  // First: what is opened meanwhile is then counted twice, not never.
  std::size_t count = posted_.load(std::memory_order_acquire);
  for (const auto* each : loops_)
    count += each->source_count();
  return count;
}

void listener::accept_some() {
  const char* reason = nullptr; // to accept no more
  std::size_t open = open_sockets();
  for (int i = 0; i < batch_max && !reason; ++i) {
    if (open >= options_.connections_max) {
      reason = "as many connections as are allowed";
      break;
    }
    accepted_socket from;
    auto size = static_cast<socklen_t>(from.peer.capacity());
    from.fd =
        accept4(acceptor_.native_handle(), from.peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (from.fd >= 0) {
      is_full_ = false;
      ++open;
      accepted(from);
    } else if (would_block(errno)) {
      break;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      reason = std::strerror(errno);
    } // anything else is the matter of one client, which has gone
  }
  hand_over();
  if (reason) pause(reason);
}

void listener::pause(const char* why) {
  if (!std::exchange(is_full_, true))
    loops_.front()->services().clients.report(
        log_level::warning, std::string{"pauses of accepting for "} + why,
        [&] { return url_of(address_) + " accepts no connections for now: " + why; });
  auto& home = *loops_.front();
  home.change(acceptor_.native_handle(), *this, readiness::none);
  home.set_deadline(*this, loop::later(home.now(), retry_time));
}

void listener::on_deadline() {
  loops_.front()->change(acceptor_.native_handle(), *this, readiness::readable);
  accept_some();
}

void listener::accepted(const accepted_socket& from) {
  const int on = 1;
  setsockopt(from.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  accepted_[next_++ % loops_.size()].push_back(from);
}

/// To each loop in one go.
void listener::hand_over() {
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    if (accepted_[i].empty()) continue;
    auto& home = *loops_[i];
    auto open = [this, &home](const std::vector<accepted_socket>& all, const auto& routes) {
      for (const auto& each : all)
        open_session(home, each, routes);
    };
    if (i == 0) {
      open(accepted_[i], routes_);
    } else {
      posted_.fetch_add(accepted_[i].size(), std::memory_order_relaxed);
      home.post([this, open, all = accepted_[i], routes = routes_] {
        open(all, routes);
        posted_.fetch_sub(all.size(), std::memory_order_release);
      });
    }
    accepted_[i].clear();
  }
}

void listener::open_session(loop& home, const accepted_socket& from,
                            const std::shared_ptr<const router>& routes) const {
  try {
    http_session::open(home, from, routes, http_);
  } catch (const std::system_error& error) {
    home.services().clients.report(log_level::warning, "connections dropped", [&] {
      return "a connection was dropped: " + std::string{error.what()};
    });
    close_socket(from.fd);
  }
}

std::string url_of(const tcp::endpoint& address) {
  return "http://" + to_string(peer_address{address.address().to_string(), address.port()});
}

} // namespace vaquero
