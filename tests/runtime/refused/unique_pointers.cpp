// refused: a message must be copyable
// refused: std::unique_ptr<int
// A std::vector claims to be copyable whatever it holds, so the element is the one to blame.
#include "runtime/message_traits.hpp"

struct crate {
  std::vector<std::unique_ptr<int>> contents;
};

static_assert(!vaquero::message<crate>);
template void vaquero::detail::require_message<crate>();
