// Why a type cannot be a message, one cause for each type, and the parts of a type that must be
// messages as well.
#pragma once

#include "runtime/detail/aggregate.hpp"
#include "runtime/local_only.hpp"

#include <caf/detail/type_traits.hpp>
#include <caf/serializer.hpp>
#include <caf/span.hpp>
#include <caf/string_view.hpp>

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace vaquero::detail {

/// Stands for CAF's inspectors where we ask whether a type brings its own `inspect`. Ours ignores
/// it. It derives from the serializer to be welcome where a type names the inspectors it knows.
struct inspect_probe : caf::serializer {};

template <class T>
concept has_inspect = requires(inspect_probe& f, T& x) {
  inspect(f, x);
};

template <class T>
concept has_own_inspect = has_inspect<T> || caf::detail::has_serialize<T>::value;

template <class T>
inline constexpr bool stays_local = caf::allowed_unsafe_message_type<T>::value;

/// A struct that we take apart because it does not say how to inspect it.
template <class T>
concept plain_aggregate = aggregate_class<T> && !stays_local<T> && !has_own_inspect<T>;

template <class T>
inline constexpr bool is_time_point = false;
template <class Clock, class Duration>
inline constexpr bool is_time_point<std::chrono::time_point<Clock, Duration>> = true;

/// Values without parts that CAF reads and writes by itself.
template <class T>
concept plain_value = std::is_arithmetic_v<T> || std::is_enum_v<T> || is_time_point<T> ||
    caf::detail::is_builtin<T>::value;

template <class T>
inline constexpr bool is_shared_pointer = false;
template <class T>
inline constexpr bool is_shared_pointer<std::shared_ptr<T>> = true;
template <class T>
inline constexpr bool is_shared_pointer<std::weak_ptr<T>> = true;

template <class T>
inline constexpr bool is_view =
    std::is_pointer_v<T> || std::is_reference_v<T> || std::is_member_pointer_v<T> ||
    std::is_null_pointer_v<T> || std::ranges::enable_view<T> ||
    std::ranges::enable_borrowed_range<T>;
template <class T>
inline constexpr bool is_view<std::reference_wrapper<T>> = true;
template <class T>
inline constexpr bool is_view<std::initializer_list<T>> = true;
template <>
inline constexpr bool is_view<caf::string_view> = true;
template <class T>
inline constexpr bool is_view<caf::span<T>> = true;

/// Offers what CAF needs to fill a container with what another node sent.
template <class T>
concept fillable = requires(T& xs, typename T::value_type x) {
  xs.size();
  xs.clear();
  xs.insert(xs.end(), x);
};
template <class T>
concept fillable_container = caf::detail::is_iterable<T>::value && fillable<T>;

template <class... Ts>
struct type_pack {};

/// The types that a standard wrapper or container is made of.
template <class T>
struct wrapped;
template <class T>
struct wrapped<std::optional<T>> {
  using type = type_pack<T>;
};
template <class... Ts>
struct wrapped<std::variant<Ts...>> {
  using type = type_pack<Ts...>;
};
template <class T, std::size_t Size>
struct wrapped<std::array<T, Size>> {
  using type = type_pack<T>;
};
template <class First, class Second>
struct wrapped<std::pair<First, Second>> {
  using type = type_pack<std::remove_const_t<First>, Second>; // a map's key is const in its pair
};
template <class... Ts>
struct wrapped<std::tuple<Ts...>> {
  using type = type_pack<Ts...>;
};

template <class T>
concept wrapper = requires {
  typename wrapped<T>::type;
};

enum class message_fault {
  none,
  local_part,
  view,
  c_array,
  shared_pointer,
  union_type,
  constant,
  base_class,
  no_default,
  not_copyable,
  uncountable,
  too_many_fields,
  no_inspect,
};

template <class T>
consteval message_fault aggregate_fault() {
  using enum message_fault;
  // Each question relies on the answers to those before it.
  if constexpr (has_base<T>())
    return base_class;
  else if constexpr (!std::is_default_constructible_v<T>)
    return no_default;
  else if constexpr (!std::is_copy_constructible_v<T>)
    return not_copyable;
  else if constexpr (has_c_array<T>())
    return c_array;
  else if constexpr (is_uncountable<T>())
    return uncountable;
  else
    return initialisers<T> <= fields_max ? none : too_many_fields;
}

/// What is wrong with `T` itself, its parts aside.
template <class T>
consteval message_fault fault_of() {
  using enum message_fault;
  if constexpr (stays_local<T>)
    return local_part;
  else if constexpr (is_view<T>)
    return view;
  else if constexpr (std::is_array_v<T>)
    return c_array;
  else if constexpr (is_shared_pointer<T>)
    return shared_pointer;
  else if constexpr (std::is_union_v<T>)
    return union_type;
  else if constexpr (std::is_const_v<T>)
    return constant;
  else if constexpr (plain_value<T> || wrapper<T>)
    return none;
  else if constexpr (plain_aggregate<T>)
    return aggregate_fault<T>();
  else if constexpr (!std::is_copy_constructible_v<T>)
    return not_copyable;
  else if constexpr (has_own_inspect<T> || std::is_empty_v<T>)
    return std::is_default_constructible_v<T> ? none : no_default;
  else
    return fillable_container<T> ? none : no_inspect;
}

template <class... Fields>
type_pack<Fields...> without_references(const std::tuple<Fields&...>*);

template <class T>
consteval auto parts_of() {
  if constexpr (plain_value<T>)
    return type_pack<>{};
  else if constexpr (wrapper<T>)
    return typename wrapped<T>::type{};
  else if constexpr (plain_aggregate<T>)
    return decltype(without_references(static_cast<fields_of<T>*>(nullptr))){};
  else if constexpr (has_own_inspect<T> || std::is_empty_v<T>)
    return type_pack<>{};
  else
    return type_pack<typename T::value_type>{};
}

} // namespace vaquero::detail
