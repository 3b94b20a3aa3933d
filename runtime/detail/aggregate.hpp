// What Boost.PFR does not say about an aggregate without a hard error: whether it has a base class
// and whether it holds a C array. Both make the count of its initialisers differ from the count of
// its members, so they are asked first.
#pragma once

#include <boost/pfr/core.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace vaquero::detail {

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t Size>
inline constexpr bool is_std_array<std::array<T, Size>> = true;

/// A struct that is initialised member by member. std::array is one too, but is a container here.
template <class T>
concept aggregate_class = std::is_class_v<T> && std::is_aggregate_v<T> && !is_std_array<T>;

/// Converts to any proper base class of `Derived`, and to nothing else.
template <class Derived>
struct any_base_of {
  template <class Base>
  requires(std::is_base_of_v<Base, Derived> && !std::is_same_v<Base, Derived>)
  operator Base() const;
};

/// The first initialiser of an aggregate goes to its first base class, if there is one.
template <class T>
concept has_base = requires {
  T{any_base_of<T>{}};
};

/// Converts to whatever a member is made of. A C array takes no conversion: its elements do.
struct anything {
  std::size_t position;
  template <class T>
  operator T() const;
};

/// Whether the member after `Before...` swallows more than one of the initialisers: then `{}` in
/// its place leaves too many behind it, while two elements in braces are welcome.
template <class T, std::size_t... Before, std::size_t... After>
consteval bool c_array_between(std::index_sequence<Before...>, std::index_sequence<After...>) {
  constexpr bool one_fits = requires { T{anything{Before}..., {}, anything{After}...}; };
  constexpr bool two_fit = requires { T{anything{Before}..., {anything{0}, anything{1}}}; };
  return !one_fits && two_fit;
}

template <class T, std::size_t Initialisers, std::size_t Position = 0>
consteval bool c_array_from() {
  // Stops at the first array, because that alone can make the count of initialisers large.
  if constexpr (Position == Initialisers)
    return false;
  else if constexpr (c_array_between<T>(std::make_index_sequence<Position>{},
                                        std::make_index_sequence<Initialisers - Position - 1>{}))
    return true;
  else
    return c_array_from<T, Initialisers, Position + 1>();
}

/// Requires an aggregate that has no base class. An array of one element is seen among the fields.
template <class T>
inline constexpr bool has_c_array = c_array_from<T, boost::pfr::tuple_size_v<T>>();

/// `std::tuple<Field&...>`. Requires an aggregate without a base class and without a C array.
template <class T>
using fields_of = decltype(boost::pfr::structure_tie(std::declval<T&>()));

} // namespace vaquero::detail
