// refused: a message cannot hold a view
// refused: std::span<int
#include "runtime/message_traits.hpp"

#include <span>

struct window {
  std::vector<std::span<int>> rows;
};

static_assert(!vaquero::message<window>);
template void vaquero::detail::require_message<window>();
