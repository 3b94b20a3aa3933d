// refused: a message cannot have a base class
// refused: derived
#include "runtime/message_traits.hpp"

struct base {
  int id = 0;
};

struct derived : base {
  int more = 0;
};

static_assert(!vaquero::message<derived>);
template void vaquero::detail::require_message<derived>();
