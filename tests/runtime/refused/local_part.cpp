// refused: declare what holds it vaquero::local_only as well
// refused: lease
#include "runtime/message_traits.hpp"

struct lease {
  std::shared_ptr<int> owner;
};

template <>
inline constexpr bool vaquero::local_only<lease> = true;

struct letter {
  lease enclosed;
};

static_assert(!vaquero::message<letter>);
template void vaquero::detail::require_message<letter>();
