// A TCP connection that a test can cut: what comes in at its port goes on to another, until then.
#pragma once

#include <boost/asio.hpp>

#include <array>
#include <thread>

namespace vaquero::test {

class relay {
 public:
  explicit relay(std::uint16_t target)
      : worker_([this, target] {
          acceptor_.accept(near_);
          far_.connect({boost::asio::ip::address_v4::loopback(), target});
          std::jthread back{[this] { pump(far_, near_); }};
          pump(near_, far_);
        }) {}

  ~relay() { cut(); }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  /// Both ends see their connection closed. Once it is connected.
  void cut() {
    boost::system::error_code ignored;
    near_.shutdown(tcp::socket::shutdown_both, ignored);
    far_.shutdown(tcp::socket::shutdown_both, ignored);
  }

 private:
  using tcp = boost::asio::ip::tcp;

  void pump(tcp::socket& from, tcp::socket& to) {
    std::array<char, 4096> bytes;
    boost::system::error_code error;
    while (!error) {
      auto size = from.read_some(boost::asio::buffer(bytes), error);
      if (!error) boost::asio::write(to, boost::asio::buffer(bytes, size), error);
    }
    cut();
  }

  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_, {boost::asio::ip::address_v4::loopback(), 0}};
  tcp::socket near_{context_};
  tcp::socket far_{context_};
  std::jthread worker_;
};

} // namespace vaquero::test
