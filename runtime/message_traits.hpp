// Any plain struct is a message: include this header, and CAF sends, matches, copies, serialises
// and prints aggregates of values, of containers, of std::optional and std::variant, and of each
// other, with no macro and no registration. Sending to another node needs `add_messages` on both
// nodes before their actor systems start. A type with an `inspect` of its own keeps it; a type that
// cannot be a message is refused by the compiler with the cause and the way out.
#pragma once

#include "runtime/detail/inspect.hpp"
#include "runtime/detail/require_message.hpp"
#include "runtime/local_only.hpp"
#include "runtime/type_name.hpp"

#include <caf/fwd.hpp>
#include <caf/make_message.hpp>
#include <caf/type_nr.hpp>

#include <string>
#include <typeinfo>
#include <vector>

namespace vaquero {

/// What can be sent to another node: it is built from values all the way down.
template <class T>
concept remote_message = detail::can_travel<T>();

/// What can be sent at all: a `remote_message`, or a copyable type that is `local_only`.
template <class T>
concept message = remote_message<T> ||(detail::stays_local<T>&& std::is_copy_constructible_v<T>);

namespace detail {

using message_factory = caf::type_erased_value_ptr (*)();

/// Makes one type known under one name. Throws std::logic_error if another type has that name.
void register_message(caf::actor_system_config& config, const std::type_info& type,
                      std::string name, message_factory make);

/// CAF's own types carry a number instead of a name and need no registration.
template <class T>
void register_unless_builtin(caf::actor_system_config& config) {
  if constexpr (caf::type_nr<T>::value == 0)
    register_message(config, typeid(T), type_name<T>(), &caf::make_type_erased_value<T>);
}

template <class T>
void add_message(caf::actor_system_config& config) {
  static_assert(!stays_local<T>, "vaquero: a vaquero::local_only message cannot be sent to another "
                                 "node; leave it out of add_messages");
  if constexpr (!stays_local<T>) {
    require_message<T>();
    register_unless_builtin<T>(config);
    register_unless_builtin<std::vector<T>>(config);
  }
}

} // namespace detail

/// Registers each `T` and `std::vector<T>` under its `type_name`, so that they can be sent to and
/// received from other nodes. Both nodes need it, before their actor systems start; a node that
/// does not know a type receives an empty message in its place. Naming a type twice does nothing.
/// What a message holds needs no registration, except for what travels inside a `caf::message`.
/// Throws std::logic_error if two types have one name, as types of unnamed namespaces may.
template <class... Ts>
void add_messages(caf::actor_system_config& config) {
  (detail::add_message<Ts>(config), ...);
}

} // namespace vaquero
