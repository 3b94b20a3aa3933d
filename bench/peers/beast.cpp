// A peer of the benchmarks: an ordinary asynchronous WebSocket server as Beast's own examples write
// it (websocket-server-async, websocket-chat-multi), on one thread. It is kept plain on purpose;
// tuning it would measure the tuning. bench/README.md has the contract that all peers keep.
#include <CLI/CLI.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using beast::error_code;
using boost::asio::ip::tcp;

using websocket_stream = websocket::stream<beast::tcp_stream>;
using upgrade_request = http::request<http::string_body>;

/// One for all subscribers: they share the bytes.
struct message {
  std::string payload;
  bool text;
};

class topic_session;
using topic = std::set<topic_session*>;

struct settings {
  bool deflate = false;
  std::map<std::string, topic> topics; // by path
};

void set_options(websocket_stream& ws, const settings& chosen) {
  websocket::permessage_deflate compression;
  compression.server_enable = chosen.deflate;
  compression.compLevel = 6; // as the others have it
  compression.memLevel = 8;
  ws.set_option(compression);
  beast::get_lowest_layer(ws).expires_never();
  ws.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
}

class echo_session : public std::enable_shared_from_this<echo_session> {
 public:
  explicit echo_session(beast::tcp_stream stream) : ws_(std::move(stream)) {}

  void run(const upgrade_request& upgrade, const settings& chosen) {
    set_options(ws_, chosen);
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

  websocket_stream ws_;
  beast::flat_buffer buffer_;
};

class topic_session : public std::enable_shared_from_this<topic_session> {
 public:
  topic_session(beast::tcp_stream stream, topic& joined) : ws_(std::move(stream)), topic_(joined) {}
  ~topic_session() { topic_.erase(this); }

  void run(const upgrade_request& upgrade, const settings& chosen) {
    set_options(ws_, chosen);
    ws_.async_accept(upgrade, [self = shared_from_this()](error_code error) {
      if (error) return;
      self->topic_.insert(self.get());
      self->read();
    });
  }

 private:
  void read() {
    ws_.async_read(buffer_, [self = shared_from_this()](error_code error, std::size_t) {
      if (!error) self->publish();
    });
  }

  void publish() {
    auto published = std::make_shared<const message>(
        message{beast::buffers_to_string(buffer_.data()), ws_.got_text()});
    buffer_.consume(buffer_.size());
    for (topic_session* each : topic_)
      each->send(published);
    read();
  }

  void send(const std::shared_ptr<const message>& published) {
    queue_.push_back(published);
    if (queue_.size() == 1) write();
  }

  void write() {
    ws_.text(queue_.front()->text);
    ws_.async_write(asio::buffer(queue_.front()->payload),
                    [self = shared_from_this()](error_code error, std::size_t) {
                      if (error) return;
                      self->queue_.pop_front();
                      if (!self->queue_.empty()) self->write();
                    });
  }

  websocket_stream ws_;
  topic& topic_;
  beast::flat_buffer buffer_;
  std::deque<std::shared_ptr<const message>> queue_;
};

/// One accepted socket until it is known what it wants.
class http_session : public std::enable_shared_from_this<http_session> {
 public:
  http_session(tcp::socket socket, settings& chosen)
      : stream_(std::move(socket)), settings_(chosen) {}

  void run() {
    stream_.expires_after(std::chrono::seconds(30));
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       if (!error) self->dispatch();
                     });
  }

 private:
  void dispatch() {
    std::string target(request_.target());
    if (!websocket::is_upgrade(request_))
      refuse();
    else if (target.starts_with("/echo"))
      std::make_shared<echo_session>(std::move(stream_))->run(request_, settings_);
    else if (target.starts_with("/topic/"))
      std::make_shared<topic_session>(std::move(stream_), settings_.topics[target])
          ->run(request_, settings_);
    else
      refuse();
  }

  void refuse() {
    response_.result(http::status::not_found);
    response_.keep_alive(false);
    response_.prepare_payload();
    http::async_write(stream_, response_, [self = shared_from_this()](error_code, std::size_t) {
      error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  beast::tcp_stream stream_;
  settings& settings_;
  beast::flat_buffer buffer_;
  upgrade_request request_;
  http::response<http::empty_body> response_;
};

class listener {
 public:
  listener(asio::io_context& context, unsigned short port, settings& chosen)
      : acceptor_(context, {asio::ip::address_v4::loopback(), port}, true), settings_(chosen) {
    accept();
  }

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) {
        socket.set_option(tcp::no_delay(true), error);
        std::make_shared<http_session>(std::move(socket), settings_)->run();
      }
      accept();
    });
  }

  tcp::acceptor acceptor_;
  settings& settings_;
};

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"An asynchronous Beast WebSocket server on one thread"};
  unsigned short port = 0;
  settings chosen;
  app.add_option("--port", port, "Port on 127.0.0.1; 0 takes a free one")->capture_default_str();
  app.add_flag("--deflate", chosen.deflate, "Agree to permessage-deflate");
  CLI11_PARSE(app, argc, argv);
  try {
    asio::io_context context{1};
    listener server(context, port, chosen);
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](error_code, int) { context.stop(); });
    std::cout << "listening on http://" << server.endpoint() << std::endl;
    context.run();
  } catch (const std::exception& error) {
    std::cerr << "beast: " << error.what() << '\n';
    return 1;
  }
}
