// Why a process ended: Erlang's reasons, carried in a caf::error so that plain CAF actors, here or on
// another node, read and send them as they always did. A value; copying one copies its text.
#pragma once

#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_message.hpp>

#include <string>

namespace vaquero {

/// An exception that left a callback: its type, its text, and the stack where it was thrown.
struct crash_info {
  std::string type;
  std::string text;
  std::string stack;

  bool operator==(const crash_info&) const = default;
};

class exit_reason {
 public:
  enum class kind : std::uint8_t {
    normal,       // the work was done
    shutdown,     // asked to end by its supervisor or its node; may carry a term: {shutdown, Term}
    kill,         // the untrappable signal itself, before it has killed
    killed,       // ended by `kill`
    mailbox_full, // ended because its mailbox was full, and was bounded so
    noproc,       // there was no such process
    noconnection, // the node of the process is out of reach
    crash,        // an exception left a callback
    other,        // any term of the program's own
  };

  /// The reason `normal`.
  exit_reason() = default;

  /// Takes any reason as CAF carries it; an empty error is `normal`.
  explicit exit_reason(caf::error error) : error_(std::move(error)) {}

  static exit_reason normal() { return {}; }
  static exit_reason shutdown();
  static exit_reason shutdown(caf::message term);
  static exit_reason kill();
  static exit_reason killed();
  static exit_reason mailbox_full();
  static exit_reason noproc();
  static exit_reason noconnection();
  static exit_reason crash(const crash_info& what);
  static exit_reason other(caf::message term);

  /// A reason of the program's own: any message type, often a string.
  template <class T>
  static exit_reason of(T term) {
    return other(caf::make_message(std::move(term)));
  }

  kind what() const noexcept;

  /// The term that a `shutdown` or `other` carries; empty where there is none.
  caf::message term() const;

  /// The exception behind a `crash`; a CAF actor's crash may leave fields empty.
  crash_info crash() const;

  const caf::error& error() const noexcept { return error_; }

  friend bool operator==(const exit_reason& x, const exit_reason& y);

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, exit_reason& x) {
    return f(x.error_);
  }

 private:
  caf::error error_;
};

/// "normal", "{shutdown, \"late\"}", "crash: std::runtime_error: text"; never the stack.
std::string to_string(const exit_reason& reason);

} // namespace vaquero
