// The lean process: a caf::local_actor with one inbox, and Erlang's signals on top. It knows no socket
// and no scheduler: what runs it derives from it, calls `run_mail` on one thread at a time, and is told
// by `wake` when there is mail again. Everything not marked "any thread" belongs to that one thread.
#pragma once

#include "runtime/exit_reason.hpp"
#include "runtime/refs.hpp"
#include "runtime/signals.hpp"

#include <caf/detail/disposer.hpp>
#include <caf/intrusive/lifo_inbox.hpp>
#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace vaquero {

class node;
class timer_driver;
struct crash_site;

/// What `exit(reason)` throws to leave the callback that is running; only the top of a process catches it.
struct process_exit {
  exit_reason reason;
};

class process : public caf::local_actor {
 public:
  process(caf::actor_config& config, vaquero::node& home);
  ~process() override;

  // -- any thread ---------------------------------------------------------------------------------

  /// Takes a message, or an exit signal. A process that has ended drops it and bounces a request.
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* context) final;
  using caf::abstract_actor::enqueue;

  /// Ended processes stay addressable for as long as somebody holds their handle.
  bool is_alive() const noexcept { return !getf(is_terminated_flag); }

  vaquero::node& home() const noexcept { return home_; }

  /// The process whose callback runs on this thread; nullptr outside of callbacks.
  static process* current() noexcept { return current_; }

  /// The vaquero process behind a local handle; nullptr for a plain CAF actor or one of another node.
  static process* from(const pid& handle) noexcept;

  // -- what a process does, in its own context ------------------------------------------------------

  pid self() noexcept { return caf::actor_cast<pid>(ctrl()); }

  /// Links the two processes: when one ends the other gets an exit signal. To a dead one: `noproc`.
  void link(const pid& other);

  /// After it returns no exit signal of that link acts any more, not even one on its way.
  void unlink(const pid& other);

  /// One `down` when the other ends, at once with `noproc` if it already has. Each call is a monitor of its own.
  monitor_ref monitor(const pid& other);
  using caf::local_actor::monitor;

  /// Ends one monitor. Its `down` may already wait in the inbox; with `flush` that is removed too.
  /// Returns whether the monitor was still there.
  bool demonitor(monitor_ref ref, bool flush = false);
  using caf::local_actor::demonitor;

  /// While on, exit signals become `exit_signal` messages; `kill` still kills. Returns the old setting.
  bool trap_exit(bool on) noexcept;

  /// Takes a name on this node. False if the name is taken or the process has one already.
  bool register_as(const std::string& name);

  /// Answers the request that is being handled; nothing if it is none, or is answered.
  void respond(caf::message content);

  /// The queue that timers for this process lie in. Any thread.
  virtual timer_driver& timers() noexcept;

  /// A timer for this process was started: they go with it. Any thread.
  void note_timer() noexcept { has_timers_.exchange(true, std::memory_order_acq_rel); }

  /// Sends an exit signal in this process's name: exit/2. See vaquero::exit.
  void send_exit_signal(const pid& to, const exit_reason& reason);

  /// How CAF links another actor to this one, from any thread: `noproc` for it once this has ended.
  bool add_backlink(caf::abstract_actor* other) override;

  void launch(caf::execution_unit* context, bool lazy, bool hide) override;
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;

 protected:
  enum class mail_state : std::uint8_t {
    idle, // no mail left; `wake` will be called
    more, // the budget is spent and mail is left: call again soon
    dead, // the process has ended; do not touch it again
  };

  /// One message, never an exit signal that was not trapped. May throw: that crashes the process.
  virtual void handle_message(caf::mailbox_element& mail) = 0;

  /// Mail came for a process that had none: have `run_mail` called soon, on its own thread.
  /// Any thread; the process is alive and may end before the call returns.
  virtual void wake(caf::execution_unit* context) = 0;

  /// The process ends for this reason: the last callback, called once, before links and monitors hear of it.
  virtual void before_exit(const exit_reason& reason) = 0;

  /// What an exception that left a callback (it is the current one, inside a catch) leads to.
  /// The default ends the process with the reason `crash`, or with what `process_exit` carries.
  virtual void handle_exception();

  /// What runs now, in words, for the log.
  virtual crash_site where() const;

  /// The reason to end, once that is pending.
  const exit_reason& pending_exit() const noexcept;

  /// A request that its handler did not answer gets an empty response.
  void answer_unanswered(caf::mailbox_element& mail);

  /// Logs the exception being handled and returns it as data. Call inside a catch block.
  crash_info report_crash();

  /// Runs callbacks for at most `budget` waiting messages.
  mail_state run_mail(std::size_t budget, caf::execution_unit* context);

  /// Ends the process once the callback that is running is done, whatever mail waits. First call wins.
  void exit_after_callback(exit_reason reason);

  /// Another reason for an end that is pending.
  void restate_exit(exit_reason reason);

  /// Call after each callback that was not run by `run_mail`: acts on exit signals that came meanwhile.
  /// Returns whether the process is still alive.
  bool after_callback() { return !exit_pending() || !ready_to_finish() || finish(); }

  /// Whether the process is to end now; takes a look at exit signals that came meanwhile.
  bool exit_pending() {
    if (signals_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      take_signals();
    return is_exiting_;
  }

  /// Asked when the process is to end. False puts it off: something of it still runs elsewhere, which
  /// calls `after_callback` when it is done.
  virtual bool ready_to_finish() { return true; }

  /// While held, mail stays where it is: a callback runs elsewhere.
  void hold_mail(bool on) noexcept { is_held_ = on; }

  /// Runs `callback` as this process: `current` is set, exceptions go to `handle_exception`.
  template <class Callback>
  void run_as_self(caf::execution_unit* unit, Callback&& callback) {
    auto* outer = enter(unit);
    try {
      callback();
    } catch (...) {
      handle_exception();
    }
    current_ = outer;
  }

  /// The process has what it needs to be run, and lives until it exits: it holds a reference to itself.
  void begin_life();

 private:
  struct extras;
  struct inbox_policy {
    using mapped_type = caf::mailbox_element;
    using unique_pointer = caf::mailbox_element_ptr;
  };

  process* enter(caf::execution_unit* unit) noexcept {
    // Others read the context; where it never changes it is never written.
    if (context() != unit) context(unit);
    return std::exchange(current_, this);
  }
  void fetch_mail();
  void append(caf::mailbox_element* mail) noexcept;
  caf::mailbox_element_ptr pop_mail() noexcept;
  void take_signals() { fetch_mail(); }
  void name_only_links(caf::mailbox_element& mail) const;
  bool absorb_exit_signal(const caf::mailbox_element& mail);
  void deliver(caf::mailbox_element_ptr mail);
  static caf::mailbox_element_ptr trapped(const caf::mailbox_element& mail);
  bool finish();
  void forget_timers();
  void close_inbox();
  extras& with_extras();
  bool is_linked(const caf::actor_addr& other) const;
  bool take_link(const caf::actor_addr& other);
  void note_former_link(const caf::actor_addr& other);
  bool was_linked(const caf::actor_addr& other) const;
  bool flush_down(monitor_ref ref);
  bool accept_down(monitor_ref ref);
  void release_monitors();

  static constinit thread_local process* current_;

  vaquero::node& home_;
  caf::intrusive::lifo_inbox<inbox_policy> inbox_;
  caf::mailbox_element* newest_ =
      nullptr;                     // mail taken from the inbox: a ring, newest_->next the oldest
  std::unique_ptr<extras> extras_; // monitors, name, reason to end: what few processes have
  std::atomic<std::uint32_t> signals_ = 0; // exit signals in the inbox that no one has looked at
  bool trap_exit_ = false;
  bool is_exiting_ = false;
  bool is_held_ = false;
  std::atomic<bool> has_timers_ = false;
};

// A connection is a process: what it weighs is what a million of them weigh.
static_assert(sizeof(process) <= 200);

} // namespace vaquero
