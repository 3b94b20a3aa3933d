// refused: a message must be copyable
// refused: parcel
#include "runtime/message_traits.hpp"

struct parcel {
  std::optional<std::unique_ptr<int>> content;
};

static_assert(!vaquero::message<parcel>);
template void vaquero::detail::require_message<parcel>();
