// refused: a message cannot hold a view
// refused: std::basic_string_view<char>
#include "runtime/message_traits.hpp"

struct headline {
  std::string_view text;
};

static_assert(!vaquero::message<headline>);
template void vaquero::detail::require_message<headline>();
