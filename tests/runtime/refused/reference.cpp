// refused: hold values, no references
// refused: alias
#include "runtime/message_traits.hpp"

struct alias {
  int& value;
};

static_assert(!vaquero::message<alias>);
template void vaquero::detail::require_message<alias>();
