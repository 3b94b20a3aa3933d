// refused: websocket_handle(const vaquero::frame&)
// A handler that does not say what frames mean to it cannot be routed to.
#include "net/handler_type.hpp"

class deaf final : public vaquero::websocket_handler<> {};

auto type = vaquero::make_handler_type<deaf>({});
