// Sends back what it gets, and passes on what other connections say.
#pragma once

#include "handlers/note.hpp"
#include "net/websocket_handler.hpp"

#include <string>

namespace vaquero {

class echo final : public websocket_handler<note> {
 public:
  void websocket_handle(const frame& in) override {
    if (in.is_text() || in.is_binary()) send_data(self(), in.payload(), in.type());
  }

  void websocket_info(const note& heard) override {
    send_data(self(), "Connection " + std::to_string(heard.from) + " says: " + heard.text);
  }
};

} // namespace vaquero
