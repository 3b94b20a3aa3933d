#include <vaquero/server.hpp>
#include <vaquero/websocket_handler.hpp>

using namespace std::chrono_literals;

struct note { // any aggregate is a message
  std::string body;
};

class hello final : public vaquero::websocket_handler<vaquero::timeout<std::string>, note> {
 public:
  vaquero::upgrade init(const vaquero::request& from) override {
    if (auto name = from.query_value("name")) register_as(*name); // /websocket?name=bob
    return accept();
  }

  void websocket_init() override { start_timer(1s, self(), std::string{"Hello!"}); }

  void websocket_handle(const vaquero::frame& in) override {
    if (!in.is_text()) return;
    send_data(self(), "You said: " + in.text());               // to this browser
    if (auto bob = whereis("bob")) send(*bob, note{in.text()}); // to another connection
  }

  void websocket_info(const vaquero::timeout<std::string>& timer) override {
    send_data(self(), timer.message);
    start_timer(5s, self(), std::string{"Hello again!"});
  }

  void websocket_info(const note& heard) override { send_data(self(), "Heard: " + heard.body); }
};

int main() {
  vaquero::server server{{.listen = "127.0.0.1:8080"}};
  server.route<hello>("/websocket");
  return server.run();
}
