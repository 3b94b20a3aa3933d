// refused: make it an aggregate, or write
// refused: counter
#include "runtime/message_traits.hpp"

class counter {
 public:
  explicit counter(int start = 0) : value_{start} {}

 private:
  int value_;
};

static_assert(!vaquero::message<counter>);
template void vaquero::detail::require_message<counter>();
