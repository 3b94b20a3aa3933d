// What the tests of endings share: a server in this process, and handlers that tell how they ended.
#pragma once

#include "net/connection.hpp"
#include "net/websocket_handler.hpp"
#include "server/server.hpp"
#include "tests/support/event_queue.hpp"
#include "tests/support/raw_client.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <catch2/catch.hpp>

#include <future>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

namespace vaquero {

inline std::ostream& operator<<(std::ostream& out, const terminate_reason& why) {
  return out << to_string(why);
}
inline std::ostream& operator<<(std::ostream& out, const exit_reason& why) {
  return out << to_string(why);
}

} // namespace vaquero

namespace vaquero::testing {

using namespace std::chrono_literals;
using kind = terminate_reason::kind;

/// What the handlers of one test tell it.
struct probe {
  event_queue<pid> opened;            // websocket_init
  event_queue<terminate_reason> ends; // terminate
  event_queue<std::string> said;      // whatever else
};
using probe_ptr = std::shared_ptr<probe>;

/// Echoes, and tells when it begins and ends.
template <class... Messages>
class recorded : public websocket_handler<Messages...> {
 public:
  explicit recorded(probe_ptr told) : told_(std::move(told)) {}

  void websocket_init() override { told().opened.push(this->self()); }
  void websocket_handle(const frame& in) override {
    if (in.is_text() || in.is_binary()) this->reply(in.payload(), in.type());
  }
  void terminate(const terminate_reason& why) override { told().ends.push(why); }

  probe& told() const { return *told_; }

 private:
  probe_ptr told_;
};

class recorded_echo final : public recorded<> {
  using recorded::recorded;
};

inline server_options one_loop() { return {.listen = "127.0.0.1:0", .loops = 1}; }

/// A server on a port of its own, with one loop unless told otherwise. Stops when it goes.
class test_server : public server {
 public:
  explicit test_server(server_options options = one_loop()) : server(std::move(options)) {}

  template <class Handler>
  void serve(std::string path, websocket_options options = {}) {
    route<Handler>(std::move(path), options, told_);
  }

  std::uint16_t port() const {
    const auto url = urls().front();
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }

  probe& told() { return *told_; }
  const probe_ptr& shared_probe() const { return told_; }

  /// The connection that opened last, as a plain handle.
  pid opened() { return told_->opened.pop(); }
  terminate_reason ended() { return told_->ends.pop(); }

 private:
  probe_ptr told_ = std::make_shared<probe>();
};

/// A plain CAF actor that monitors a connection.
class watcher {
 public:
  watcher(server& home, const pid& whom) : self_(home.system()) { self_->monitor(whom); }

  /// The reason in the `down` message, once it comes.
  exit_reason reason() {
    exit_reason seen;
    bool came = false;
    self_->receive(
        [&](const caf::down_msg& down) {
          seen = exit_reason{down.reason};
          came = true;
        },
        caf::after(patience) >> [] {});
    if (!came) throw std::runtime_error{"no down message came"};
    return seen;
  }

 private:
  caf::scoped_actor self_;
};

/// Stops the server here, for an actor system ends in the thread that made it; what the test sees of it
/// meanwhile is seen on another thread.
template <class Watch>
void stop_while(server& which, Watch watch) {
  auto seen = std::async(std::launch::async, std::move(watch));
  which.stop();
  seen.get();
}

} // namespace vaquero::testing
