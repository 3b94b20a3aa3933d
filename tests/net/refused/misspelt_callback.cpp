// refused: 'void typist::websocket_int()' marked 'override', but does not override
// A callback whose name is misspelt.
#include "net/websocket_handler.hpp"

class typist final : public vaquero::websocket_handler<> {
  void websocket_int() override {}
  void websocket_handle(const vaquero::frame&) override {}
};
