// The example of zotonic's manual: a timer that pushes, and an answer to each message.
#pragma once

#include "handlers/note.hpp"
#include "net/websocket_handler.hpp"

#include <chrono>
#include <string>

namespace vaquero {

class hello final : public websocket_handler<timeout<std::string>, note> {
 public:
  void websocket_init() override {
    start_timer(std::chrono::seconds{1}, self(), std::string{"Hello!"});
  }

  void websocket_handle(const frame& in) override {
    if (in.is_text()) send_data(self(), "You said: " + in.text());
  }

  void websocket_info(const timeout<std::string>& timer) override {
    send_data(self(), timer.message);
    start_timer(std::chrono::seconds{5}, self(), std::string{"Hello again!"});
  }

  void websocket_info(const note& heard) override {
    send_data(self(), "Connection " + std::to_string(heard.from) + " says: " + heard.text);
  }
};

} // namespace vaquero
