// What a value holds on the heap, for bounds in bytes: texts, containers, optionals, pairs, and structs of
// these. What it does not know counts as nothing. Any thread.
#pragma once

#include "runtime/detail/message_fault.hpp"

#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>

namespace vaquero::detail {

/// What a block costs beside what lies in it: malloc's word, and the counts or pointers of who manages it.
inline constexpr std::size_t block_bytes = 24;

template <class T>
concept sized_container = requires(const T& x) {
  x.begin();
  x.end();
  x.size();
  typename T::value_type;
};

template <class T>
std::size_t heap_bytes(const T& x) {
  std::size_t bytes = 0;
  if constexpr (std::is_same_v<T, std::string>) {
    static const auto inside = std::string{}.capacity();
    bytes = x.capacity() > inside ? block_bytes + x.capacity() + 1 : 0;
  } else if constexpr (std::is_trivially_copyable_v<T>) {
    bytes = 0;
  } else if constexpr (sized_container<T>) {
    constexpr bool is_contiguous = requires { x.data(); };
    constexpr std::size_t around = is_contiguous ? 0 : block_bytes;
    bytes = is_contiguous ? block_bytes : 0;
    for (const auto& each : x)
      bytes += sizeof(each) + around + heap_bytes(each);
  } else if constexpr (requires {
                         x.first;
                         x.second;
                       }) {
    bytes = heap_bytes(x.first) + heap_bytes(x.second);
  } else if constexpr (requires {
                         x.has_value();
                         *x;
                       }) {
    bytes = x.has_value() ? heap_bytes(*x) : 0;
  } else if constexpr (plain_aggregate<T>) {
    if constexpr (fault_of<T>() == message_fault::none)
      std::apply([&](const auto&... fields) { ((bytes += heap_bytes(fields)), ...); },
                 boost::pfr::structure_tie(x));
  }
  return bytes;
}

} // namespace vaquero::detail
