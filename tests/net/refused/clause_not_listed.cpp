// refused: marked 'override', but does not override
// A clause for a message that the handler does not list.
#include "net/websocket_handler.hpp"

struct note {
  int id;
};

class eager final : public vaquero::websocket_handler<vaquero::down> {
  void websocket_handle(const vaquero::frame&) override {}
  void websocket_info(const vaquero::down&) override {}
  void websocket_info(const note&) override {}
};
