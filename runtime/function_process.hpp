// The process that runs a function; `spawn` makes it. The messages that its body does not ask for wait,
// in order, and a message that was looked at is not looked at again until the body asks for something
// else. Everything belongs to the process's own context.
#pragma once

#include "runtime/routine.hpp"
#include "runtime/scheduled_process.hpp"

namespace vaquero {

namespace detail {

enum class verdict : std::uint8_t {
  keep,    // not this one; it is not offered again
  receive, // it ends the waiting, and is the message that was received last
  consume, // it ends the waiting, and all that was of use in it was taken
};

/// What a body waits for. It lies in the body's frame, and goes with it.
class body_wait {
 public:
  virtual ~body_wait() = default;

  std::coroutine_handle<> body;

  virtual verdict offer(caf::mailbox_element& mail) = 0;
  /// Whether this is the tick that was asked for, which ends the waiting too.
  virtual bool accepts_tick(std::uint64_t) noexcept { return false; }
};

/// Mail that waits in order.
class mail_list {
 public:
  void append(caf::mailbox_element_ptr mail) noexcept;
  caf::mailbox_element_ptr pop() noexcept;
  /// Removes the first for which this holds, and returns it.
  template <class Predicate>
  caf::mailbox_element_ptr take_first(Predicate&& holds);

 private:
  caf::mailbox_element* oldest_ = nullptr;
  caf::mailbox_element* newest_ = nullptr;
};

template <class Predicate>
caf::mailbox_element_ptr mail_list::take_first(Predicate&& holds) {
  caf::mailbox_element* before = nullptr;
  for (auto* mail = oldest_; mail; mail = static_cast<caf::mailbox_element*>(mail->next)) {
    if (!holds(*mail)) {
      before = mail;
      continue;
    }
    auto* after = static_cast<caf::mailbox_element*>(mail->next);
    if (before)
      before->next = after;
    else
      oldest_ = after;
    if (mail == newest_) newest_ = before;
    mail->next = nullptr;
    return caf::mailbox_element_ptr{mail};
  }
  return nullptr;
}

} // namespace detail

class function_process : public scheduled_process {
 public:
  using scheduled_process::scheduled_process;

  /// The one whose body runs on this thread. Only what a body alone can call may ask.
  static function_process& running() noexcept {
    return *static_cast<function_process*>(process::current());
  }

  // -- for what a body awaits --------------------------------------------------------------------------

  /// Answers the request that was received last, unless it is, and forgets it.
  void forget_received();

  /// Offers the mail that waits. True: one of it is received now.
  bool take_kept(detail::body_wait& what);

  /// False when the body has had enough of what waits, or is to end: it is others' turn first.
  bool may_go_on() noexcept { return ++kept_in_a_row_ < kept_in_a_row_max_ && !exit_pending(); }

  /// The body is suspended until mail comes that this accepts.
  void wait(detail::body_wait& what) noexcept { wait_ = &what; }

  /// A tick comes behind all that is in the inbox now. Returns its number.
  std::uint64_t tick_now();
  /// A tick comes at this time, unless the timer is cancelled.
  std::pair<std::uint64_t, timer_ref> tick_at(timer_clock::time_point when);

  /// What was received last, until it is forgotten.
  caf::mailbox_element* received() noexcept { return received_.get(); }

  /// Once the coroutine that runs is suspended this one goes on.
  void resume_next(std::coroutine_handle<> body) noexcept { next_ = body; }

 protected:
  /// Calls the function.
  virtual process_body begin() = 0;
  /// Drops the function and its arguments.
  virtual void forget_function() noexcept = 0;

 private:
  // How many waiting messages a body gets before others get the worker.
  static constexpr std::uint8_t kept_in_a_row_max_ = 16;

  void init() final;
  bool is_always_taken(const caf::mailbox_element& mail) const noexcept final;
  void handle_message(caf::mailbox_element& mail) final;
  void before_exit(const exit_reason& reason) final;
  bool flush_kept(monitor_ref ref) final;
  crash_site where() const final;
  void run(std::coroutine_handle<> body);
  std::uint64_t next_tick() noexcept {
    return new_request_id(caf::message_priority::normal).integer_value();
  }

  std::uint8_t kept_in_a_row_ = 0;
  process_body body_;
  detail::body_wait* wait_ = nullptr;
  std::coroutine_handle<> next_;
  caf::mailbox_element_ptr received_; // the current element while the body runs
  detail::mail_list kept_;            // the body did not want it yet
};

} // namespace vaquero
