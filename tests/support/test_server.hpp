// A server on a port of its own, and handlers that tell the test what happens to them.
#pragma once

#include "server/server.hpp"
#include "tests/support/event_queue.hpp"

#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

namespace vaquero::testing {

/// What the handlers of a test tell it.
struct journal {
  event_queue<pid> connections;    // each in its init
  event_queue<std::string> events; // in words
};

class test_server : public server {
 public:
  explicit test_server(server_options options = {.listen = "127.0.0.1:0", .loops = 2})
      : server{std::move(options)} {}
  ~test_server() { seen_->connections.clear(); } // no handle outlives the actor system

  std::uint16_t port() const {
    const auto url = urls().at(0);
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }

  /// A route to Handler(journal, args...).
  template <class Handler, class... Args>
  void reports(const std::string& path, Args... args) {
    route<Handler>(path, {}, seen_, std::move(args)...);
  }

  /// The next event that a handler tells.
  std::string event() { return seen_->events.pop(); }
  /// The next connection that begins.
  pid connection() { return seen_->connections.pop(); }
  const std::shared_ptr<journal>& seen() const { return seen_; }

 private:
  std::shared_ptr<journal> seen_ = std::make_shared<journal>();
};

/// A handler that tells its test who it is and how it ends.
template <class... Messages>
class reporter : public websocket_handler<Messages...> {
 public:
  explicit reporter(std::shared_ptr<journal> to) : to_(std::move(to)) {}

  upgrade init(const request&) override {
    to_->connections.push(this->self());
    return this->accept();
  }
  void websocket_handle(const frame&) override {}
  void terminate(const terminate_reason& why) override { tell("terminate " + to_string(why)); }

 protected:
  void tell(std::string what) const { to_->events.push(std::move(what)); }
  const std::shared_ptr<journal>& seen() const { return to_; }

 private:
  std::shared_ptr<journal> to_;
};

/// What an obedient connection is told to do. It stays in its node.
struct order {
  std::function<void()> what;
};

} // namespace vaquero::testing

template <>
inline constexpr bool vaquero::local_only<vaquero::testing::order> = true;

namespace vaquero::testing {

/// A connection that does what it is told, in a callback, with a handler's commands and verbs.
class obedient : public reporter<order> {
 public:
  using reporter::reporter;

  using websocket_handler_base::active;
  using websocket_handler_base::close;
  using websocket_handler_base::exit;
  using websocket_handler_base::hibernate;
  using websocket_handler_base::reply;
  using websocket_handler_base::send;
  using websocket_handler_base::send_data;
  using websocket_handler_base::set_options;
  using websocket_handler_base::shutdown_reason;
  using websocket_handler_base::stop;

  void websocket_handle(const frame& in) override { tell("frame " + in.text()); }
  void websocket_info(const order& given) override { given.what(); }
};

/// A server of obedient connections, at "/".
struct obedient_server : test_server {
  obedient_server() {
    reports<obedient>("/");
    start();
  }
};

/// Has an obedient connection do it. Any thread.
inline void tell(const pid& whom, std::function<void()> what) {
  send(whom, order{std::move(what)});
}

/// Does this in a callback of an obedient connection, and waits until it has.
template <class Function>
auto do_in(const pid& connection, Function function) {
  using result = decltype(function());
  auto todo = std::make_shared<std::packaged_task<result()>>(function);
  auto outcome = todo->get_future();
  send(connection, order{[todo] { (*todo)(); }});
  if (outcome.wait_for(patience) != std::future_status::ready)
    throw std::runtime_error{"the connection did not do it"};
  return outcome.get();
}

} // namespace vaquero::testing
