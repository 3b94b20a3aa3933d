#include "net/listener.hpp"

#include "net/loop.hpp"
#include "net/socket.hpp"
#include "runtime/log.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

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

struct listener::retry_timer {
  explicit retry_timer(boost::asio::io_context& io) : timer(io) {}
  boost::asio::steady_timer timer;
};

listener::listener(std::vector<loop*> loops, const tcp::endpoint& address,
                   std::shared_ptr<const router> routes, const http_options& http,
                   const listener_options& options)
    : loops_(std::move(loops)), routes_(std::move(routes)), http_(http), options_(options),
      acceptor_(loops_.front()->io()), retry_(std::make_unique<retry_timer>(loops_.front()->io())) {
  if (options_.connections_max == 0) options_.connections_max = connections_possible();
  acceptor_.open(address.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  if (address.protocol() == tcp::v6()) acceptor_.set_option(boost::asio::ip::v6_only(true));
  acceptor_.bind(address);
  acceptor_.listen(options_.backlog);
  acceptor_.native_non_blocking(true);
  address_ = acceptor_.local_endpoint();
}

listener::~listener() = default;

void listener::start() { accept_later(); }

void listener::stop() {
  std::promise<void> closed;
  loops_.front()->post([&] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    retry_->timer.cancel();
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

void listener::accept_later() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](const boost::system::error_code& error) {
    if (!error) accept_some();
  });
}

std::size_t listener::open_sockets() const {
  std::size_t count = 0;
  for (const auto* each : loops_)
    count += each->source_count();
  return count;
}

void listener::accept_some() {
  for (int i = 0; i < batch_max; ++i) {
    if (open_sockets() >= options_.connections_max)
      return pause("as many connections as are allowed");
    const int fd =
        accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      is_full_ = false;
      hand_over(fd);
    } else if (would_block(errno)) {
      break;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return pause(std::strerror(errno));
    } // anything else is the matter of one client, which has gone
  }
  accept_later();
}

void listener::pause(const char* why) {
  if (!std::exchange(is_full_, true))
    log_warning(url_of(address_) + " accepts no connections for now: " + why);
  retry_->timer.expires_after(retry_time);
  retry_->timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) accept_some();
  });
}

void listener::hand_over(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto& home = *loops_[next_++ % loops_.size()];
  auto open = [this, &home, fd, routes = routes_] {
    try {
      http_session::open(home, fd, routes, http_);
    } catch (const std::system_error& error) {
      log_warning("a connection was dropped: " + std::string{error.what()});
      close_socket(fd);
    }
  };
  if (&home == loops_.front())
    open();
  else
    home.post(open);
}

std::string url_of(const tcp::endpoint& address) {
  return "http://" + to_string(peer_address{address.address().to_string(), address.port()});
}

} // namespace vaquero
