// refused: a handler derives from vaquero::websocket_handler<Messages...>
// A route to a class that is no handler.
#include "net/handler_type.hpp"

struct stranger {};

auto type = vaquero::make_handler_type<stranger>({});
