// Sends back what it gets.
#pragma once

#include "net/websocket_handler.hpp"

namespace vaquero {

class echo final : public websocket_handler<> {
 public:
  void websocket_handle(const frame& in) override {
    if (in.is_text() || in.is_binary()) send_data(self(), in.payload(), in.type());
  }
};

} // namespace vaquero
