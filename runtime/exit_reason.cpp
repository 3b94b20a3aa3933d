#include "runtime/exit_reason.hpp"

#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace vaquero {

namespace {

// CAF has no words for these; its own category "exit" covers the rest.
constexpr caf::atom_value our_category = caf::atom("vaquero");
constexpr caf::atom_value caf_category = caf::atom("exit");
enum our_code : std::uint8_t { code_killed = 1, code_noproc, code_other, code_mailbox_full };

caf::error ours(our_code code, caf::message context = {}) {
  return {static_cast<std::uint8_t>(code), our_category, std::move(context)};
}

caf::error cafs(caf::exit_reason code, caf::message context = {}) {
  return {static_cast<std::uint8_t>(code), caf_category, std::move(context)};
}

} // namespace

exit_reason exit_reason::shutdown() { return exit_reason{cafs(caf::exit_reason::user_shutdown)}; }

exit_reason exit_reason::shutdown(caf::message term) {
  return exit_reason{cafs(caf::exit_reason::user_shutdown, std::move(term))};
}

exit_reason exit_reason::kill() { return exit_reason{cafs(caf::exit_reason::kill)}; }
exit_reason exit_reason::killed() { return exit_reason{ours(code_killed)}; }
exit_reason exit_reason::mailbox_full() { return exit_reason{ours(code_mailbox_full)}; }
exit_reason exit_reason::noproc() { return exit_reason{ours(code_noproc)}; }

exit_reason exit_reason::noconnection() {
  return exit_reason{cafs(caf::exit_reason::remote_link_unreachable)};
}

exit_reason exit_reason::crash(const crash_info& what) {
  return exit_reason{cafs(caf::exit_reason::unhandled_exception,
                          caf::make_message(what.type, what.text, what.stack))};
}

exit_reason exit_reason::other(caf::message term) {
  return exit_reason{ours(code_other, std::move(term))};
}

exit_reason::kind exit_reason::what() const noexcept {
  if (!error_) return kind::normal;
  if (error_.category() == our_category) {
    switch (error_.code()) {
      case code_killed: return kind::killed;
      case code_noproc: return kind::noproc;
      case code_mailbox_full: return kind::mailbox_full;
      default: return kind::other;
    }
  }
  if (error_ == caf::sec::runtime_error) return kind::crash; // how CAF's own actors say it
  if (error_.category() != caf_category) return kind::other;
  switch (static_cast<caf::exit_reason>(error_.code())) {
    case caf::exit_reason::normal: return kind::normal;
    case caf::exit_reason::user_shutdown: return kind::shutdown;
    case caf::exit_reason::kill: return kind::kill;
    case caf::exit_reason::unhandled_exception: return kind::crash;
    case caf::exit_reason::remote_link_unreachable: return kind::noconnection;
    case caf::exit_reason::unknown: return kind::noproc;
    default: return kind::other;
  }
}

caf::message exit_reason::term() const {
  auto has_term = what() == kind::shutdown || what() == kind::other;
  return has_term ? error_.context() : caf::message{};
}

crash_info exit_reason::crash() const {
  crash_info result;
  if (what() != kind::crash) return result;
  const auto& context = error_.context();
  std::string* fields[] = {&result.type, &result.text, &result.stack};
  for (std::size_t i = 0; i < context.size() && i < std::size(fields); ++i)
    if (context.match_element<std::string>(i)) *fields[i] = context.get_as<std::string>(i);
  return result;
}

bool operator==(const exit_reason& x, const exit_reason& y) {
  // caf::error compares code and category only; two terms may differ behind the same code.
  if (x.what() != y.what() || x.error_ != y.error_) return false;
  return !x.error_ || caf::to_string(x.error_.context()) == caf::to_string(y.error_.context());
}

std::string to_string(const exit_reason& reason) {
  switch (reason.what()) {
    case exit_reason::kind::normal: return "normal";
    case exit_reason::kind::shutdown:
      if (auto term = reason.term(); !term.empty()) return "{shutdown, " + to_string(term) + "}";
      return "shutdown";
    case exit_reason::kind::kill: return "kill";
    case exit_reason::kind::killed: return "killed";
    case exit_reason::kind::mailbox_full: return "mailbox_full";
    case exit_reason::kind::noproc: return "noproc";
    case exit_reason::kind::noconnection: return "noconnection";
    case exit_reason::kind::crash: {
      auto crash = reason.crash();
      return "crash: " + (crash.type.empty() ? std::string{"unknown"} : crash.type) + ": " +
             crash.text;
    }
    case exit_reason::kind::other: break;
  }
  if (auto term = reason.term(); !term.empty()) return to_string(term);
  return to_string(reason.error());
}

} // namespace vaquero
