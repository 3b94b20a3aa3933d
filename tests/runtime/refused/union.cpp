// refused: hold a std::variant
// refused: number
#include "runtime/message_traits.hpp"

union number {
  int whole;
  float real;
};

struct holder {
  number value;
};

static_assert(!vaquero::message<holder>);
template void vaquero::detail::require_message<holder>();
