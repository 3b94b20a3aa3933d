// refused: the receiver has to fill it in
// refused: const int
#include "runtime/message_traits.hpp"

struct version {
  const int number = 1;
};

static_assert(!vaquero::message<version>);
template void vaquero::detail::require_message<version>();
