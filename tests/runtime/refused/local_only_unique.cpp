// refused: a message must be copyable, even if it is vaquero::local_only
// refused: ticket
#include "runtime/message_traits.hpp"

struct ticket {
  std::unique_ptr<int> seat;
};

template <>
inline constexpr bool vaquero::local_only<ticket> = true;

template void vaquero::detail::require_message<ticket>();
