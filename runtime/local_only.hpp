// The opt-out for copyable types that cannot or should not leave their node.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>

#include <type_traits>

namespace vaquero {

/// Specialise it as true, before the type is first sent, for a message that stays in its node: one
/// that holds a std::shared_ptr, a handle, a function. Such a message needs no `inspect`, is
/// printed as `<unprintable>`, and `add_messages` refuses it. What holds it must be local as well.
template <class T>
inline constexpr bool local_only = false;

} // namespace vaquero

namespace caf {

template <class T>
requires vaquero::local_only<T>
struct allowed_unsafe_message_type<T> : std::true_type {
};

} // namespace caf
