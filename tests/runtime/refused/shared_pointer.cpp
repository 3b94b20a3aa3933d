// refused: declare a message that stays in its node: vaquero::local_only<message> = true
// refused: std::shared_ptr<int>
#include "runtime/message_traits.hpp"

struct lease {
  std::shared_ptr<int> owner;
};

static_assert(!vaquero::message<lease>);
template void vaquero::detail::require_message<lease>();
