// The yardstick of the benchmarks: an ordinary asynchronous WebSocket echo server as Beast's own
// examples write it, on one thread. It is kept plain on purpose; tuning it would measure the
// tuning.
#include <CLI/CLI.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using beast::error_code;
using boost::asio::ip::tcp;

class echo_session : public std::enable_shared_from_this<echo_session> {
 public:
  echo_session(beast::tcp_stream stream, bool deflate) : ws_(std::move(stream)) {
    websocket::permessage_deflate compression;
    compression.server_enable = deflate;
    compression.compLevel = 6; // as the others have it
    compression.memLevel = 8;
    ws_.set_option(compression);
  }

  void run(const http::request<http::string_body>& upgrade) {
    beast::get_lowest_layer(ws_).expires_never();
    ws_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    ws_.async_accept(upgrade, [self = shared_from_this()](error_code error) {
      if (!error) self->read();
    });
  }

 private:
  void read() {
    ws_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->write();
    });
  }

  void write() {
    ws_.text(ws_.got_text());
    ws_.async_write(buffer_.data(), [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return;
      self->buffer_.consume(self->buffer_.size());
      self->read();
    });
  }

  websocket::stream<beast::tcp_stream> ws_;
  beast::flat_buffer buffer_;
};

/// One accepted socket until it is known what it wants: an upgrade, or a plain answer.
class http_session : public std::enable_shared_from_this<http_session> {
 public:
  http_session(tcp::socket socket, bool deflate) : stream_(std::move(socket)), deflate_(deflate) {}

  void run() {
    stream_.expires_after(std::chrono::seconds(30));
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (!error) self->dispatch();
                     });
  }

 private:
  void dispatch() {
    if (websocket::is_upgrade(request_)) {
      std::make_shared<echo_session>(std::move(stream_), deflate_)->run(request_);
      return;
    }
    bool found = request_.target() == "/";
    response_.result(found ? http::status::ok : http::status::not_found);
    response_.set(http::field::content_type, "text/plain");
    response_.body() = found ? "beast echo\n" : "not found\n";
    response_.keep_alive(false);
    response_.prepare_payload();
    http::async_write(stream_, response_, [self = shared_from_this()](error_code, std::size_t) {
      error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  beast::tcp_stream stream_;
  bool deflate_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

class listener {
 public:
  listener(asio::io_context& context, const tcp::endpoint& endpoint, bool deflate)
      : acceptor_(context, endpoint, true), deflate_(deflate) {
    accept();
  }

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        socket.set_option(tcp::no_delay(true), error);
        std::make_shared<http_session>(std::move(socket), deflate_)->run();
      }
      accept();
    });
  }

  tcp::acceptor acceptor_;
  bool deflate_;
};

tcp::endpoint loopback_endpoint(const std::string& text) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos) throw std::invalid_argument("--listen takes ADDRESS:PORT");
  auto address = asio::ip::make_address(text.substr(0, colon));
  auto port = std::stoul(text.substr(colon + 1));
  if (!address.is_loopback() || port > 65535)
    throw std::invalid_argument("--listen takes a loopback address and a port up to 65535");
  return {address, static_cast<unsigned short>(port)};
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"An asynchronous Beast WebSocket echo server on one thread"};
  std::string listen = "127.0.0.1:0";
  app.add_option("--listen", listen, "Loopback ADDRESS:PORT; port 0 takes a free one")
      ->capture_default_str();
  bool deflate = false;
  app.add_flag("--deflate", deflate, "Agree to permessage-deflate");
  CLI11_PARSE(app, argc, argv);
  try {
    asio::io_context context{1};
    listener server(context, loopback_endpoint(listen), deflate);
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](error_code, int) { context.stop(); });
    std::cout << "listening on http://" << server.endpoint() << std::endl;
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "beast_echo: " << error.what() << '\n';
    return 1;
  }
}
