// Stands in front of the C++ runtime's __cxa_throw to note the stack of what a process throws. Alone in its
// file, and without the precompiled header: a compiler that has seen a throw has declared the function
// already, in its own way.

#include <cstdlib>
#include <dlfcn.h>
#include <typeinfo>

namespace vaquero {
void note_throw(const void* exception, const std::type_info& type);

// Who refers to it has the linker take this file: where a sanitizer's library comes first and has a
// __cxa_throw as well, nothing else would.
void link_throw_hook() {}
} // namespace vaquero

extern "C" [[noreturn]] void __cxa_throw(void* exception, std::type_info* type,
                                         void (*destructor)(void*)) {
  using thrower = void (*)(void*, std::type_info*, void (*)(void*));
  // The next one in the order in which the linker looks: libstdc++'s, or a sanitizer's in front of it.
  static const auto next = reinterpret_cast<thrower>(dlsym(RTLD_NEXT, "__cxa_throw"));
  vaquero::note_throw(exception, *type);
  next(exception, type, destructor);
  std::abort();
}
