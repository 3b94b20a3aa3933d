// A peer of the benchmarks: a server as websocketpp's own examples write it (echo_server,
// broadcast_server), on one thread, without logs. Compiled as C++17: 0.8.2 knows no newer one.
// bench/README.md has the contract that all peers keep.
#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/extensions/permessage_deflate/enabled.hpp>
#include <websocketpp/server.hpp>

namespace {

namespace asio = websocketpp::lib::asio;

struct quiet_config : websocketpp::config::asio {
  static const websocketpp::log::level elog_level = websocketpp::log::elevel::none;
  static const websocketpp::log::level alog_level = websocketpp::log::alevel::none;
};

struct deflate_config : quiet_config {
  struct permessage_deflate_config {};
  using permessage_deflate_type =
      websocketpp::extensions::permessage_deflate::enabled<permessage_deflate_config>;
};

template <class Config>
class topic_server {
 public:
  explicit topic_server(std::uint16_t port) : context_(1), signals_(context_, SIGINT, SIGTERM) {
    server_.init_asio(&context_);
    server_.set_reuse_addr(true);
    server_.set_tcp_pre_init_handler([this](handle connection) {
      server_.get_con_from_hdl(connection)
          ->get_raw_socket()
          .set_option(asio::ip::tcp::no_delay(true));
    });
    server_.set_validate_handler([this](handle connection) { return accepts(connection); });
    server_.set_open_handler([this](handle connection) {
      if (auto* joined = topic_of(connection)) joined->insert(connection);
    });
    server_.set_close_handler([this](handle connection) {
      if (auto* joined = topic_of(connection)) joined->erase(connection);
    });
    server_.set_message_handler(
        [this](handle connection, message_ptr message) { receive(connection, message); });
    signals_.async_wait([this](const auto&, int) { context_.stop(); });
    server_.listen({asio::ip::address_v4::loopback(), port});
    server_.start_accept();
  }

  std::uint16_t port() {
    websocketpp::lib::asio::error_code error;
    return server_.get_local_endpoint(error).port();
  }

  void run() { context_.run(); }

 private:
  using endpoint = websocketpp::server<Config>;
  using message_ptr = typename endpoint::message_ptr;
  using handle = websocketpp::connection_hdl;
  using topic = std::set<handle, std::owner_less<handle>>;

  std::string path_of(handle connection) {
    return server_.get_con_from_hdl(connection)->get_resource();
  }

  static bool is_echo(const std::string& path) { return path.rfind("/echo", 0) == 0; }

  bool accepts(handle connection) {
    const std::string path = path_of(connection);
    if (is_echo(path) || path.rfind("/topic/", 0) == 0) return true;
    server_.get_con_from_hdl(connection)->set_status(websocketpp::http::status_code::not_found);
    return false;
  }

  topic* topic_of(handle connection) {
    const std::string path = path_of(connection);
    return is_echo(path) ? nullptr : &topics_[path];
  }

  void receive(handle connection, message_ptr message) {
    websocketpp::lib::error_code ignored; // the close handler follows
    topic* joined = topic_of(connection);
    if (joined == nullptr) {
      server_.send(connection, message, ignored);
      return;
    }
    // A compressed one is compressed anew by each connection, in its own context.
    if (!message->get_compressed()) frame(*message);
    for (handle each : *joined)
      server_.send(each, message, ignored);
  }

  /// Once for all subscribers: a prepared message is sent as it is.
  static void frame(typename Config::message_type& message) {
    namespace frames = websocketpp::frame;
    const std::size_t size = message.get_payload().size();
    frames::basic_header basic(message.get_opcode(), size, true, false);
    message.set_header(frames::prepare_header(basic, frames::extended_header(size)));
    message.set_prepared(true);
  }

  asio::io_context context_;
  asio::signal_set signals_;
  endpoint server_;
  std::map<std::string, topic> topics_; // by path
};

template <class Config>
void serve(std::uint16_t port) {
  topic_server<Config> server(port);
  std::cout << "listening on http://127.0.0.1:" << server.port() << std::endl;
  server.run();
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"A websocketpp server on one thread"};
  std::uint16_t port = 0;
  bool deflate = false;
  app.add_option("--port", port, "Port on 127.0.0.1; 0 takes a free one")->capture_default_str();
  app.add_flag("--deflate", deflate, "Agree to permessage-deflate");
  CLI11_PARSE(app, argc, argv);
  try {
    if (deflate)
      serve<deflate_config>(port);
    else
      serve<quiet_config>(port);
  } catch (const std::exception& error) {
    std::cerr << "websocketpp: " << error.what() << '\n';
    return 1;
  }
}
