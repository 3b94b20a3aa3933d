// How CAF reads, writes and prints aggregates, std::optional and std::variant. CAF looks for
// `inspect` in the namespaces of its inspectors, and the one that prints lives in caf::detail.
#pragma once

#include "runtime/detail/require_message.hpp"
#include "runtime/type_name.hpp"

#include <caf/detail/stringification_inspector.hpp>
#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/none.hpp>
#include <caf/sec.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace vaquero::detail {

template <class Inspector>
concept printer = std::same_as<Inspector, caf::detail::stringification_inspector>;

template <class Inspector>
concept real_inspector = !std::same_as<Inspector, inspect_probe>;

template <class T>
const char* printed_name() {
  static const auto name = type_name<T>();
  return name.c_str();
}

template <class Inspector, std::size_t... Index, class... Ts>
caf::error save_alternative(Inspector& f, std::index_sequence<Index...>, std::variant<Ts...>& x) {
  caf::error result;
  static_cast<void>(((Index == x.index() && (result = f(*std::get_if<Index>(&x)), true)) || ...));
  return result;
}

template <class Inspector, std::size_t... Index, class... Ts>
caf::error load_alternative(Inspector& f, std::index_sequence<Index...>, std::variant<Ts...>& x,
                            std::size_t chosen) {
  caf::error result;
  static_cast<void>(((Index == chosen && (result = f(x.template emplace<Index>()), true)) || ...));
  return result;
}

} // namespace vaquero::detail

namespace caf {

/// Any struct that has no `inspect` of its own: its members, in their order.
template <vaquero::detail::real_inspector Inspector, class T>
requires vaquero::detail::plain_aggregate<T>
typename Inspector::result_type inspect(Inspector& f, T& x) {
  vaquero::detail::require_part<T>();
  // After a refusal, taking the type apart would only add to the compiler's output.
  if constexpr (vaquero::detail::fault_of<T>() == vaquero::detail::message_fault::none) {
    return std::apply(
        [&f](auto&... fields) {
          if constexpr (vaquero::detail::printer<Inspector>)
            return f(meta::type_name(vaquero::detail::printed_name<T>()), fields...);
          else
            return f(fields...);
        },
        boost::pfr::structure_tie(x));
  } else {
    return typename Inspector::result_type();
  }
}

/// On the wire: a bool, and the value if the bool is true.
template <vaquero::detail::real_inspector Inspector, class T>
typename Inspector::result_type inspect(Inspector& f, std::optional<T>& x) {
  if constexpr (vaquero::detail::printer<Inspector>) {
    x ? f(*x) : f(none);
  } else {
    bool present = x.has_value();
    if (auto err = f(present)) return err;
    if constexpr (Inspector::writes_state) {
      x.reset();
      if (present) x.emplace();
    }
    return present ? f(*x) : error{};
  }
}

/// On the wire: one byte for the alternative, and its value.
template <vaquero::detail::real_inspector Inspector, class... Ts>
typename Inspector::result_type inspect(Inspector& f, std::variant<Ts...>& x) {
  static_assert(sizeof...(Ts) < 256, "vaquero: a std::variant in a message has up to 255 types");
  if constexpr (vaquero::detail::printer<Inspector>) {
    x.valueless_by_exception() ? f(none) : std::visit([&f](auto& value) { f(value); }, x);
  } else {
    auto index = static_cast<std::uint8_t>(x.index());
    if (auto err = f(index)) return err;
    // Valueless when saved, or written by a node whose variant has other alternatives.
    if (index >= sizeof...(Ts)) return make_error(sec::invalid_argument, "no such alternative");
    constexpr auto all = std::index_sequence_for<Ts...>{};
    if constexpr (Inspector::writes_state)
      return vaquero::detail::load_alternative(f, all, x, index);
    else
      return vaquero::detail::save_alternative(f, all, x);
  }
}

/// Enums travel as their number, which CAF does by itself; this prints the number as well.
template <vaquero::detail::printer Inspector, class T>
requires(std::is_enum_v<T> && !vaquero::detail::has_own_inspect<T>) void inspect(Inspector& f,
                                                                                 T& x) {
  f(meta::type_name(vaquero::detail::printed_name<T>()), static_cast<std::underlying_type_t<T>>(x));
}

} // namespace caf

namespace caf::detail {

using caf::inspect;

} // namespace caf::detail
