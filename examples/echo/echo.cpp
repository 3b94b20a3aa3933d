// echo [--port N]: sends back what it gets.
#include <vaquero/server.hpp>
#include <vaquero/websocket_handler.hpp>

#include <string_view>

class echo final : public vaquero::websocket_handler<> {
  void websocket_handle(const vaquero::frame& in) override {
    if (in.is_text() || in.is_binary()) send_data(self(), in.payload(), in.type());
  }
};

int main(int argc, char** argv) {
  const bool has_port = argc == 3 && argv[1] == std::string_view{"--port"};
  vaquero::server server{{.listen = std::string{"127.0.0.1:"} + (has_port ? argv[2] : "8080")}};
  server.route<echo>("/echo");
  return server.run();
}
