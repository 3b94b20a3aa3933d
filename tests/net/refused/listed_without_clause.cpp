// refused: invalid cast to abstract class type
// refused: note
// A message that the handler lists and has no clause for.
#include "net/websocket_handler.hpp"

struct note {
  int id;
};

class forgetful final : public vaquero::websocket_handler<note> {
  void websocket_handle(const vaquero::frame&) override {}
};

auto made = forgetful();
