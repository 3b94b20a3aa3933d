// Accepts connections on one address and gives them to the loops in turn. It lives on the first loop, as
// one of its sources: what waits is accepted in the turn in which other sockets are read.
#pragma once

#include "net/http_session.hpp"
#include "net/io_source.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace vaquero {

class loop;

struct listener_options {
  /// Connections that the kernel keeps for us until we accept them. (ranch: backlog)
  int backlog = 1024;

  /// Sockets on all loops together; over it we accept no more until one has closed, and the kernel
  /// keeps the rest waiting. 0: what the descriptor limit allows, less a reserve.
  std::size_t connections_max = 0;
};

class listener final : public io_source {
 public:
  /// Binds and listens. Throws boost::system::system_error if the address cannot be had.
  listener(std::vector<loop*> loops, const boost::asio::ip::tcp::endpoint& address,
           std::shared_ptr<const router> routes, const http_options& http,
           const listener_options& options);

  /// Where it listens: with the port that the system chose for port 0.
  boost::asio::ip::tcp::endpoint address() const { return address_; }

  /// Begins to accept. Before the loops start.
  void start();

  /// Closes the listening socket; what is connected stays. Any thread; returns when it is closed.
  void stop();

  /// For the sockets that are accepted from now on. Any thread but a loop's; returns when it is so.
  void use(std::shared_ptr<const router> routes);

  void on_ready(readiness) override { accept_some(); }
  void on_deadline() override;
  void on_flush() override {}
  void on_stop(bool) override {} // it is stopped by its owner

 private:
  void accept_some();
  void pause(const char* why);
  void accepted(const accepted_socket& from);
  void hand_over();
  void open_session(loop& home, const accepted_socket& from,
                    const std::shared_ptr<const router>& routes) const;
  std::size_t open_sockets() const;

  std::vector<loop*> loops_;
  std::shared_ptr<const router> routes_;
  const http_options& http_;
  listener_options options_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::ip::tcp::endpoint address_;
  std::vector<std::vector<accepted_socket>> accepted_; // in one go, for each loop
  std::atomic<std::size_t> posted_ = 0; // to other loops, which do not count them yet
  std::size_t next_ = 0;
  bool is_full_ = false; // said so in the log already
};

/// "http://127.0.0.1:8080".
std::string url_of(const boost::asio::ip::tcp::endpoint& address);

} // namespace vaquero
