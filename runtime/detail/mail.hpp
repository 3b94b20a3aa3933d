// A message on its way: CAF's mailbox element with the values inside of it, in a block that is used again
// and again. CAF's own is the same and asks malloc for each.
#pragma once

#include "runtime/detail/block_cache.hpp"

#include <caf/mailbox_element.hpp>

#include <type_traits>
#include <utility>

namespace vaquero::detail {

template <class... Ts>
class mail final : public caf::mailbox_element,
                   public caf::detail::tuple_vals_impl<caf::type_erased_tuple, Ts...> {
  using values = caf::detail::tuple_vals_impl<caf::type_erased_tuple, Ts...>;

 public:
  template <class... Us>
  mail(caf::strong_actor_ptr&& from, caf::message_id id, Us&&... given)
      : mailbox_element(std::move(from), id, {}), values(std::forward<Us>(given)...) {}

  static void* operator new(std::size_t bytes) { return block_cache::allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept {
    block_cache::free(block, bytes);
  }

  caf::type_erased_tuple& content() override { return *this; }
  const caf::type_erased_tuple& content() const override { return *this; }
  caf::message move_content_to_message() override {
    caf::message_factory make;
    auto& all = this->data();
    return caf::detail::apply_moved_args(make, caf::detail::get_indices(all), all);
  }
  caf::message copy_content_to_message() const override {
    caf::message_factory make;
    auto& all = this->data();
    return caf::detail::apply_args(make, caf::detail::get_indices(all), all);
  }
};

/// What a value is as part of a message: a string for a literal, as CAF has it.
template <class T>
using mail_value =
    typename caf::unbox_message_element<typename caf::detail::strip_and_convert<T>::type>::type;

/// The element for these values; a single caf::message stands for what is in it, none for an empty one.
template <class... Ts>
caf::mailbox_element_ptr make_mail(caf::strong_actor_ptr from, caf::message_id id, Ts&&... given) {
  if constexpr (sizeof...(Ts) == 0)
    return caf::make_mailbox_element(std::move(from), id, {}, caf::message{});
  else if constexpr (sizeof...(Ts) == 1 && (std::is_same_v<std::decay_t<Ts>, caf::message> && ...))
    return caf::make_mailbox_element(std::move(from), id, {}, std::forward<Ts>(given)...);
  else if constexpr (((alignof(mail_value<Ts>) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) || ...))
    return caf::make_mailbox_element(std::move(from), id, {}, std::forward<Ts>(given)...);
  else
    return caf::mailbox_element_ptr{
        new mail<mail_value<Ts>...>(std::move(from), id, std::forward<Ts>(given)...)};
}

} // namespace vaquero::detail
