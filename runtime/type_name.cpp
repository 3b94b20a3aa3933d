#include "runtime/type_name.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <string_view>

namespace vaquero {

std::string demangled(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name{
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free};
  return status == 0 ? name.get() : mangled;
}

namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Removes each `opening ... >`, where the last `>` closes the `<` that `opening` ends with.
void remove_argument(std::string& text, std::string_view opening) {
  for (auto at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
    auto end = at + opening.size();
    for (int depth = 1; depth > 0 && end < text.size(); ++end)
      depth += text[end] == '<' ? 1 : text[end] == '>' ? -1 : 0;
    text.erase(at, end - at);
  }
}

} // namespace

std::string type_name(const std::type_info& type) {
  auto name = demangled(type.name());
  // The inline namespaces in which libstdc++ and libc++ version their types.
  replace_all(name, "std::__cxx11::", "std::");
  replace_all(name, "std::__1::", "std::");
  for (const std::string_view opening : {", std::char_traits<", ", std::allocator<", ", std::less<",
                                         ", std::hash<", ", std::equal_to<"})
    remove_argument(name, opening);
  // Old demanglers write a blank between closing brackets, which the removal leaves behind, too.
  replace_all(name, " >", ">");
  replace_all(name, "std::basic_string<char>", "std::string");
  return name;
}

} // namespace vaquero
