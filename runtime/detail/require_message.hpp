// The readable refusals: one static_assert for each cause, in an instantiation that names the type.
#pragma once

#include "runtime/detail/message_fault.hpp"

#include <concepts>
#include <string>
#include <type_traits>

namespace vaquero::detail {

template <class T, class... Within>
consteval bool can_travel();

template <class... Parts, class... Within>
consteval bool all_travel(type_pack<Parts...>, type_pack<Within...>) {
  return (can_travel<Parts, Within...>() && ...);
}

/// Whether `T` and all its parts can be read and written. `Within` are the types that hold it: a
/// tree, whose nodes hold nodes, is asked once.
template <class T, class... Within>
consteval bool can_travel() {
  if constexpr ((std::same_as<T, Within> || ...))
    return true;
  else if constexpr (fault_of<T>() != message_fault::none)
    return false;
  else
    return all_travel(parts_of<T>(), type_pack<T, Within...>{});
}

template <class T>
constexpr void require_part();

template <class... Parts>
constexpr void require_parts(type_pack<Parts...>) {
  // Instantiated, not called: a call would not end for a type that holds itself.
  (static_cast<void>(&require_part<Parts>), ...);
}

/// Fails to compile, and says why, if `T` cannot stand in a message that travels.
template <class T>
constexpr void require_part() {
  using enum message_fault;
  constexpr auto fault = fault_of<T>();
  static_assert(fault != local_part,
                "vaquero: a vaquero::local_only type stays in its node and cannot be part of a "
                "message that may leave it; declare what holds it vaquero::local_only as well");
  static_assert(fault != view,
                "vaquero: a message cannot hold a view (std::string_view, span, pointer): it would "
                "dangle in the receiver; hold a std::string or a std::vector instead");
  static_assert(fault != c_array, "vaquero: a message cannot hold a C array; hold a std::array");
  static_assert(fault != shared_pointer,
                "vaquero: a message cannot hold a std::shared_ptr: its receiver would share the "
                "object, and another node cannot reach it; hold the object itself, or declare a "
                "message that stays in its node: vaquero::local_only<message> = true");
  static_assert(fault != union_type, "vaquero: a message cannot hold a union; hold a std::variant");
  static_assert(fault != constant,
                "vaquero: a message cannot hold a const member: the receiver has to fill it in");
  static_assert(fault != base_class,
                "vaquero: a message cannot have a base class; hold the base as a member, or write "
                "an inspect for the type");
  static_assert(fault != no_default,
                "vaquero: a message must be default constructible, because the receiver builds one "
                "and then fills it in; hold values, no references, and give members a default");
  static_assert(fault != not_copyable,
                "vaquero: a message must be copyable, because it may have many receivers "
                "(std::unique_ptr is not); hold the object itself, or a std::optional of it");
  static_assert(fault != uncountable,
                "vaquero: a member of this struct has a constructor that takes anything, so the "
                "members cannot be counted; hold another type, or write an inspect for the struct");
  static_assert(fault != too_many_fields,
                "vaquero: a message has up to 100 members; group them in structs of their own");
  static_assert(fault != no_inspect,
                "vaquero: this type is no plain struct (it has constructors, private members or "
                "virtual functions) and has no inspect; make it an aggregate, or write `template "
                "<class Inspector> auto inspect(Inspector& f, T& x) { return f(x.a, x.b); }`");
  if constexpr (fault == none) require_parts(parts_of<T>());
}

/// What CAF stores for an argument of this type: a copy, and a string for a string literal.
template <class Argument>
using sent_type = std::conditional_t<std::is_same_v<std::decay_t<Argument>, const char*> ||
                                         std::is_same_v<std::decay_t<Argument>, char*>,
                                     std::string, std::remove_cvref_t<Argument>>;

/// Fails to compile, and says why, if `T` cannot be sent. A `local_only` type only has to be
/// copyable.
template <class T>
constexpr void require_message() {
  if constexpr (stays_local<T>)
    static_assert(std::is_copy_constructible_v<T>,
                  "vaquero: a message must be copyable, even if it is vaquero::local_only, because "
                  "it may have many receivers; hold a std::shared_ptr");
  else
    require_part<T>();
}

} // namespace vaquero::detail
