// How a receive tells messages apart and takes their values: one value of a type, several values for a
// std::tuple, anything for a caf::message.
#pragma once

#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>

#include <optional>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>

namespace vaquero::detail {

/// Moved out, unless other receivers of the same message see it as well.
template <class T>
T take_value(caf::type_erased_tuple& content, std::size_t at) {
  if (content.shared()) return *static_cast<const T*>(content.get(at));
  return std::move(*static_cast<T*>(content.get_mutable(at)));
}

template <class T>
bool has_type(const caf::type_erased_tuple& content, std::size_t at) {
  auto [number, type] = content.type(at);
  if constexpr (caf::type_nr<T>::value != 0)
    return number == caf::type_nr<T>::value;
  else
    return number == 0 && *type == typeid(T);
}

template <class T>
struct pattern {
  static bool matches(const caf::type_erased_tuple& content) {
    return content.size() == 1 && has_type<T>(content, 0);
  }
  static const T& view(const caf::mailbox_element& mail) {
    return *static_cast<const T*>(mail.content().get(0));
  }
  static T take(caf::mailbox_element& mail) { return take_value<T>(mail.content(), 0); }
};

template <class... Ts>
struct pattern<std::tuple<Ts...>> {
  static bool matches(const caf::type_erased_tuple& content) {
    return content.size() == sizeof...(Ts)&& [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (has_type<Ts>(content, I) && ...);
    }
    (std::index_sequence_for<Ts...>{});
  }
  static std::tuple<Ts...> view(const caf::mailbox_element& mail) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<Ts...>{*static_cast<const Ts*>(mail.content().get(I))...};
    }
    (std::index_sequence_for<Ts...>{});
  }
  static std::tuple<Ts...> take(caf::mailbox_element& mail) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<Ts...>{take_value<Ts>(mail.content(), I)...};
    }
    (std::index_sequence_for<Ts...>{});
  }
};

template <>
struct pattern<caf::message> {
  static bool matches(const caf::type_erased_tuple&) { return true; }
  static caf::message view(const caf::mailbox_element& mail) {
    return mail.copy_content_to_message();
  }
  static caf::message take(caf::mailbox_element& mail) { return mail.move_content_to_message(); }
};

/// What a receive of these types gives.
template <class... Ts>
struct received {
  using type = std::variant<Ts...>;
};
template <class T>
struct received<T> {
  using type = T;
};
template <class... Ts>
using received_type = typename received<Ts...>::type;

/// The value of the alternative that matched.
template <class... Ts>
received_type<Ts...> take_alternative(caf::mailbox_element& mail, std::size_t which) {
  if constexpr (sizeof...(Ts) == 1) {
    return (pattern<Ts>::take(mail), ...);
  } else {
    std::optional<std::variant<Ts...>> result;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      static_cast<void>((
          (I == which && (result.emplace(std::in_place_index<I>, pattern<Ts>::take(mail)), true)) ||
          ...));
    }
    (std::index_sequence_for<Ts...>{});
    return std::move(*result);
  }
}

} // namespace vaquero::detail
