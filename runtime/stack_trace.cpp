#include "runtime/stack_trace.hpp"

#include "runtime/process.hpp"

#include <array>
#include <cstdlib>
#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <memory>

namespace vaquero {

namespace {

constexpr int frames_max = 32;

struct noted_stack {
  std::array<void*, frames_max> frames;
  int count = 0;
};

thread_local noted_stack last_throw;

} // namespace

// Called by the hook in throw_hook.cpp. Rethrows do not come here: the first stack stays.
void note_throw() {
  if (process::current()) last_throw.count = backtrace(last_throw.frames.data(), frames_max);
}

std::string demangled(const char* name) {
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> readable{
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free};
  return status == 0 ? readable.get() : name;
}

std::string stack_of_last_throw() {
  std::string result;
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
  last_throw.count = 0;
  return result;
}

} // namespace vaquero
