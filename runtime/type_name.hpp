// The names under which types travel between nodes. A name depends on the type alone, not on the
// compiler or the standard library that a node was built with, so that both sides of a link agree.
#pragma once

#include <string>
#include <typeinfo>

namespace vaquero {

/// A type's or function's name as one writes it in C++, as the demangler gives it.
std::string demangled(const char* mangled);

/// The readable, normalised name of a type: `chat::note`, `std::vector<std::string>`. Arguments
/// that a standard template fills in by itself (allocators, comparisons, hashes) are left out.
std::string type_name(const std::type_info& type);

/// The name of `T`, without const, volatile or reference.
template <class T>
std::string type_name() {
  return type_name(typeid(T));
}

} // namespace vaquero
