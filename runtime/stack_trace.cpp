#include "runtime/stack_trace.hpp"

#include "runtime/process.hpp"
#include "runtime/type_name.hpp"

#include <array>
#include <cstring>
#include <dlfcn.h>
#include <exception>
#include <execinfo.h>
#include <typeinfo>

namespace vaquero {

void link_throw_hook();

namespace {

constexpr int frames_max = 32;

struct noted_stack {
  const void* exception = nullptr;
  std::array<void*, frames_max> frames;
  int count = 0;
};

thread_local noted_stack last_throw;

// The object that was thrown, where it lies: all that libstdc++'s exception_ptr holds.
const void* current_exception_object() {
  auto current = std::current_exception();
  static_assert(sizeof current == sizeof(void*));
  void* object = nullptr;
  std::memcpy(&object, &current, sizeof object);
  return object;
}

} // namespace

// Called by the hook in throw_hook.cpp. Rethrows do not come here: the first stack stays.
void note_throw(const void* exception, const std::type_info& type) {
  if (!process::current() || type == typeid(process_exit)) return;
  last_throw.exception = exception;
  last_throw.count = backtrace(last_throw.frames.data(), frames_max);
}

std::string stack_of_last_throw() {
  link_throw_hook();
  std::string result;
  if (last_throw.exception != current_exception_object()) return result;
  for (int i = 2; i < last_throw.count; ++i) { // 0 and 1 are note_throw and __cxa_throw
    Dl_info where{};
    auto* address = last_throw.frames[static_cast<std::size_t>(i)];
    dladdr(address, &where);
    result += "    ";
    if (where.dli_sname) {
      result += demangled(where.dli_sname);
    } else {
      auto offset = static_cast<char*>(address) - static_cast<char*>(where.dli_fbase);
      result += std::string{where.dli_fname ? where.dli_fname : "?"} + "+" + std::to_string(offset);
    }
    result += '\n';
  }
  last_throw = {};
  return result;
}

} // namespace vaquero
