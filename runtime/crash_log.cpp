#include "runtime/crash_log.hpp"

#include "runtime/log.hpp"
#include "runtime/stack_trace.hpp"
#include "runtime/type_name.hpp"

#include <bit>
#include <cxxabi.h>
#include <exception>
#include <typeinfo>

namespace vaquero {

std::uint64_t crash_log::report(const crash_site& where, const crash_info& what) {
  auto kind = where.process + " in " + where.callback + ": " + what.type + ": " +
              printable(what.text); // which is cut: a text may hold what a peer sent
  std::uint64_t count = 0;
  {
    std::lock_guard lock{mutex_};
    ++total_;
    auto place = seen_.find(kind);
    if (place == seen_.end())
      place = seen_.emplace(seen_.size() < kinds_max ? kind : "other", 0).first;
    count = ++place->second;
  }
  if (count == 1)
    log_error("crash of " + where.process + " " + std::to_string(where.id) + " in " +
              where.callback + ": " + what.type + ": " + printable(what.text) +
              (what.stack.empty() ? "" : "\n" + what.stack));
  else if (std::has_single_bit(count))
    log_error("crash repeated, " + std::to_string(count) + " times now: " + kind);
  return count;
}

std::uint64_t crash_log::total() const {
  std::lock_guard lock{mutex_};
  return total_;
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
