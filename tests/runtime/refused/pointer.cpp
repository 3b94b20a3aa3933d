// refused: a message cannot hold a view
// refused: int*
#include "runtime/message_traits.hpp"

struct slot {
  int* value = nullptr;
};

static_assert(!vaquero::message<slot>);
template void vaquero::detail::require_message<slot>();
