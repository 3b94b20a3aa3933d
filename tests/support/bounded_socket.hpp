// A blocking TCP client to 127.0.0.1 whose reads end after `patience` with timed_out. A SyncStream, so
// that Beast works on it, and a raw client by itself.
#pragma once

#include "tests/support/event_queue.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/role.hpp>

#include <memory>
#include <poll.h>
#include <string>
#include <string_view>

namespace vaquero::testing {

class bounded_socket {
 public:
  explicit bounded_socket(std::uint16_t port) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    socket_.set_option(boost::asio::ip::tcp::no_delay(true));
  }

  using executor_type = boost::asio::ip::tcp::socket::executor_type;
  executor_type get_executor() { return socket_.get_executor(); }

  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, boost::system::error_code& error) {
    pollfd wanted{socket_.native_handle(), POLLIN, 0};
    constexpr auto bound = std::chrono::milliseconds{patience}.count();
    if (poll(&wanted, 1, static_cast<int>(bound)) == 0) {
      error = boost::asio::error::timed_out;
      return 0;
    }
    return socket_.read_some(buffers, error);
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    boost::system::error_code error;
    auto count = read_some(buffers, error);
    if (error) throw boost::system::system_error{error};
    return count;
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, boost::system::error_code& error) {
    return socket_.write_some(buffers, error);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    return socket_.write_some(buffers);
  }

  // -- raw ------------------------------------------------------------------------------------------

  void write(std::string_view bytes) {
    while (!bytes.empty())
      bytes.remove_prefix(write_some(boost::asio::buffer(bytes)));
  }

  /// What comes until the server closes.
  std::string read_all() {
    std::string all;
    boost::system::error_code error;
    char some[4096];
    while (auto count = read_some(boost::asio::buffer(some), error))
      all.append(some, count);
    if (error != boost::asio::error::eof) throw boost::system::system_error{error, "read_all"};
    return all;
  }

  void close() { socket_.close(); }

  void reset() {
    socket_.set_option(boost::asio::socket_base::linger(true, 0));
    socket_.close();
  }

 private:
  friend void teardown(boost::beast::role_type, bounded_socket& stream,
                       boost::system::error_code& error) {
    stream.socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, error);
    error = {};
  }

  std::unique_ptr<boost::asio::io_context> context_ = std::make_unique<boost::asio::io_context>();
  boost::asio::ip::tcp::socket socket_{*context_};
};

} // namespace vaquero::testing
