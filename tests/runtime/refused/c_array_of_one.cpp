// refused: a message cannot hold a C array; hold a std::array
// refused: int [1]
#include "runtime/message_traits.hpp"

struct single {
  int cells[1];
};

static_assert(!vaquero::message<single>);
template void vaquero::detail::require_message<single>();
