// refused: the members cannot be counted
// refused: price
#include "runtime/message_traits.hpp"

struct money {
  money() = default;
  template <class T>
  money(T value) : cents{static_cast<int>(value)} {}
  int cents = 0;
};

template <class Inspector>
auto inspect(Inspector& f, money& x) {
  return f(x.cents);
}

struct price {
  int id;
  money amount;
};

static_assert(!vaquero::message<price>);
template void vaquero::detail::require_message<price>();
