// What Boost.PFR does not say about an aggregate without a hard error: whether its members can be
// counted, whether it has a base class and whether it holds a C array. So these are asked first.
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

/// Converts to nothing; only a constructor template that takes everything takes it.
struct unrelated {};

/// The first initialiser of an aggregate goes to its first base class, if there is one.
template <class T>
consteval bool has_base() {
  constexpr bool takes_base = requires { T{any_base_of<T>{}}; };
  constexpr bool takes_everything = requires { T{unrelated{}}; };
  return takes_base && !takes_everything;
}

/// Converts to whatever a member is made of. A C array takes no conversion: its elements do. The
/// two operators are those of Boost.PFR, so that both count alike.
struct anything {
  std::size_t position;
  template <class T>
  operator T&() const&&;
  template <class T>
  operator T&() const&;
};

/// Boost.PFR takes no larger struct apart.
inline constexpr std::size_t fields_max = 100;

template <class T, std::size_t... Position>
consteval bool takes(std::index_sequence<Position...>) {
  return requires { T{anything{Position}...}; };
}

/// How many initialisers `T` takes, by bisection: `Low`, but not `High` of them.
template <class T, std::size_t Low = 0, std::size_t High = fields_max + 2>
consteval std::size_t count_initialisers() {
  constexpr auto middle = Low + (High - Low) / 2;
  if constexpr (middle == Low)
    return Low;
  else if constexpr (takes<T>(std::make_index_sequence<middle>{}))
    return count_initialisers<T, middle, High>();
  else
    return count_initialisers<T, Low, middle>();
}

/// One for each member, more for a C array, fewer if `is_uncountable`, `fields_max + 1` at most.
template <class T>
inline constexpr std::size_t initialisers = count_initialisers<T>();

template <class T, std::size_t... Before>
consteval bool takes_braces_after(std::index_sequence<Before...>) {
  return requires { T{anything{Before}..., {}}; };
}

/// Whether the count ended early, at a member that many things convert to: its constructor template
/// and the conversion of `anything` are ambiguous.
template <class T>
consteval bool is_uncountable() {
  if constexpr (initialisers < T >> fields_max)
    return false;
  else
    return takes_braces_after<T>(std::make_index_sequence<initialisers<T>>{});
}

/// Whether the member after `Before...` swallows more than one of the initialisers: then `{}` in
/// its place leaves too many behind it, while two elements in braces are welcome.
template <class T, std::size_t... Before, std::size_t... After>
consteval bool is_c_array_between(std::index_sequence<Before...>, std::index_sequence<After...>) {
  constexpr bool one_fits = requires { T{anything{Before}..., {}, anything{After}...}; };
  constexpr bool two_fit = requires { T{anything{Before}..., {anything{0}, anything{1}}}; };
  return !one_fits && two_fit;
}

/// Whether there is a C array of two or more elements. One of one element is seen by its type.
template <class T, std::size_t Position = 0>
consteval bool has_c_array() {
  // Stops at the first array, because that alone can make the count of initialisers large.
  if constexpr (Position == initialisers<T>)
    return false;
  else if constexpr (is_c_array_between<T>(
                         std::make_index_sequence<Position>{},
                         std::make_index_sequence<initialisers<T> - Position - 1>{}))
    return true;
  else
    return has_c_array<T, Position + 1>();
}

/// `std::tuple<Field&...>`. Requires an aggregate that none of the above finds fault with.
template <class T>
using fields_of = decltype(boost::pfr::structure_tie(std::declval<T&>()));

} // namespace vaquero::detail
