// refused: a message cannot hold a view
// A handler that lists what no message can be.
#include "net/handler_type.hpp"

struct headline {
  std::string_view text;
};

class reader final : public vaquero::websocket_handler<headline> {
  void websocket_handle(const vaquero::frame&) override {}
  void websocket_info(const headline&) override {}
};

auto type = vaquero::make_handler_type<reader>({});
