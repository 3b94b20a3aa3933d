// refused: a message cannot hold a C array; hold a std::array
// refused: matrix
#include "runtime/message_traits.hpp"

struct matrix {
  int id;
  float cells[4];
};

static_assert(!vaquero::message<matrix>);
template void vaquero::detail::require_message<matrix>();
