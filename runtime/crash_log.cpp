#include "runtime/crash_log.hpp"

#include "runtime/log.hpp"
#include "runtime/stack_trace.hpp"
#include "runtime/type_name.hpp"

#include <cxxabi.h>
#include <exception>
#include <typeinfo>

namespace vaquero {

std::uint64_t crash_log::report(const crash_site& where, const crash_info& what) {
  auto kind = where.process + " in " + where.callback + ": " + what.type + ": " +
              printable(what.text); // which is cut: a text may hold what a peer sent
  const auto count = seen_.add(kind);
  if (count == 1)
    log_error("crash of " + where.process + " " + std::to_string(where.id) + " in " +
              where.callback + ": " + what.type + ": " + printable(what.text) +
              (what.stack.empty() ? "" : "\n" + what.stack));
  else if (repeat_count::is_told(count))
    log_error("crash repeated, " + std::to_string(count) + " times now: " + kind);
  return count;
}

crash_info current_exception_info() {
  crash_info info;
  if (auto* type = abi::__cxa_current_exception_type()) info.type = type_name(*type);
  try {
    throw;
  } catch (const std::exception& e) {
    info.text = e.what();
  } catch (const std::string& text) {
    info.text = text;
  } catch (const char* text) {
    info.text = text;
  } catch (...) {
    info.text = "no text";
  }
  info.stack = stack_of_last_throw();
  return info;
}

} // namespace vaquero
