// push [--port N]: an actor that knows CAF alone pushes to the browsers of connections that it was told
// of. Each connection introduces itself to the actor; the actor monitors it, and every second sends all
// of them the time. Try it: push --port 8080, and a WebSocket client at ws://127.0.0.1:8080/time
#include <vaquero/send_data.hpp>
#include <vaquero/server.hpp>
#include <vaquero/websocket_handler.hpp>

#include <caf/all.hpp>

#include <ctime>
#include <set>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

struct introduction { // any aggregate is a message
  caf::actor connection;
};
struct tick {};

// A plain actor of CAF: what it knows of WebSockets is send_data.
struct clock_state {
  std::set<caf::actor> connections;
};

caf::behavior clock_actor(caf::stateful_actor<clock_state>* self) {
  self->set_down_handler([self](const caf::down_msg& gone) {
    self->state.connections.erase(caf::actor_cast<caf::actor>(gone.source));
  });
  self->send(self, tick{});
  return {
      [self](const introduction& from) {
        self->monitor(from.connection);
        self->state.connections.insert(from.connection);
        vaquero::send_data(from.connection, "welcome, you are number " +
                                                std::to_string(self->state.connections.size()));
      },
      [self](tick) {
        const auto now = std::time(nullptr);
        for (const auto& connection : self->state.connections)
          vaquero::send_data(connection, std::ctime(&now));
        self->delayed_send(self, 1s, tick{});
      },
  };
}

class time_handler final : public vaquero::websocket_handler<> {
 public:
  explicit time_handler(caf::actor* clock) : clock_(clock) {}

  void websocket_init() override { send(*clock_, introduction{self()}); }
  void websocket_handle(const vaquero::frame&) override {}

 private:
  caf::actor* clock_;
};

int main(int argc, char** argv) {
  const bool has_port = argc == 3 && argv[1] == std::string_view{"--port"};
  vaquero::server server{{.listen = std::string{"127.0.0.1:"} + (has_port ? argv[2] : "8080")}};
  caf::actor clock;
  server.at_start([&](caf::actor_system& system) { clock = system.spawn(clock_actor); });
  server.at_stop([&] {
    caf::anon_send_exit(clock, caf::exit_reason::user_shutdown);
    clock = nullptr; // an actor that is held keeps its system from ending
  });
  server.route<time_handler>("/time", {}, &clock);
  return server.run();
}
