// The lean process: a caf::local_actor with one inbox, and Erlang's signals on top. It knows no socket
// and no scheduler: what runs it derives from it, calls `run_mail` on one thread at a time, and is told
// by `wake` when there is mail again. Everything not marked "any thread" belongs to that one thread.
#pragma once

#include "runtime/call_result.hpp"
#include "runtime/exit_reason.hpp"
#include "runtime/inbox.hpp"
#include "runtime/mailbox_bound.hpp"
#include "runtime/process_info.hpp"
#include "runtime/refs.hpp"
#include "runtime/reply_to.hpp"
#include "runtime/signals.hpp"

#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace vaquero {

class node;
class timer_driver;
class subscribing_site;
struct crash_site;

namespace detail {
struct pending_call;
} // namespace detail

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

  vaquero::node& home() const noexcept { return own().home; }

  /// The process whose callback runs on this thread; nullptr outside of callbacks.
  static process* current() noexcept { return current_; }

  /// The vaquero process behind a local handle; nullptr for a plain CAF actor or one of another node.
  static process* from(const pid& handle) noexcept;

  /// What it is and does now; nullopt once it has ended. Reads it all directly, whatever it does meanwhile.
  std::optional<process_info> info() const;

  /// What waits in its mailbox.
  std::uint32_t mailbox_length() const noexcept {
    return state().waiting.load(std::memory_order_relaxed) + state().inbox.count();
  }

  /// The messages that were handled since it began, and the one that is.
  std::uint64_t messages_handled() const noexcept {
    const auto taken = own().taken.load(std::memory_order_relaxed);
    return taken - std::min<std::uint64_t>(taken, state().waiting.load(std::memory_order_relaxed));
  }

  /// Whether a derived class marked it as one of its own, with `set(tagged, true)`. Any thread.
  bool is_tagged() const noexcept { return is(tagged); }

  /// What runs now, or would: "greeter in handle_message".
  virtual std::string current_callback() const;

  /// Bounds its mailbox from now on. Throws std::invalid_argument if the bound is out of range.
  void bound_mailbox(const mailbox_bound& bound) {
    state().bound.store(bound.packed(), std::memory_order_relaxed);
  }

  // -- what a process does, in its own context ------------------------------------------------------

  pid self() const noexcept { return caf::actor_cast<pid>(ctrl()); }

  /// Links the two processes: when one ends the other gets an exit signal. To a dead one: `noproc`.
  void link(const pid& other);

  /// After it returns no exit signal of that link acts any more, not even one on its way.
  void unlink(const pid& other);

  /// One `down` when the other ends, at once with `noproc` if it already has. Each call is a monitor of its own.
  /// Nothing comes of monitoring oneself.
  monitor_ref monitor(const pid& other);
  using caf::local_actor::monitor;

  /// Ends one monitor: no `down` of it comes any more. One may wait in the inbox already; with `flush` it
  /// is removed. Returns whether there was none: false for a monitor that has fired, or never was.
  bool demonitor(monitor_ref ref, bool flush = false);
  using caf::local_actor::demonitor;

  /// While on, exit signals become `exit_signal` messages; `kill` still kills. Returns the old setting.
  bool trap_exit(bool on) noexcept;

  /// Answers the request that is being handled; nothing if it is none, or is answered.
  void respond(caf::message content);
  /// The mail carries the values; it is addressed here.
  void respond(caf::mailbox_element_ptr answer);

  /// The right to answer that request, to be used later; empty if it is none, or is answered.
  reply_to take_request();

  /// Sends a request whose outcome comes as a message. See vaquero::send_request.
  call_ref send_request(const pid& to, caf::mailbox_element_ptr request,
                        std::chrono::steady_clock::duration timeout,
                        detail::call_result_maker make_result);

  /// The queue that timers for this process lie in. Any thread.
  virtual timer_driver& timers() noexcept;

  /// It has a timer, or a name, which goes with it. False where it has let go of what it had: whoever gives it
  /// one takes it back. Any thread.
  bool note_timer() noexcept { return (add_marks(has_timers) & is_leaving) == 0; }
  bool note_name() noexcept { return (add_marks(has_name) & is_leaving) == 0; }

  /// It subscribes to topics, or watches them, until it ends. In its own context.
  void note_topics() noexcept { mark(has_topics); }

  /// Where what it subscribes to lies; nullptr: in its node's directory.
  virtual subscribing_site* subscribes_at() noexcept { return nullptr; }

  /// Sends an exit signal in this process's name: exit/2. See vaquero::exit.
  void send_exit_signal(const pid& to, const exit_reason& reason);

  /// How CAF links another actor to this one, from any thread: `noproc` for it once this has ended.
  bool add_backlink(caf::abstract_actor* other) override;

  void launch(caf::execution_unit* context, bool lazy, bool hide) override;
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;
  void on_destroy() override;

 protected:
  enum class mail_state : std::uint8_t {
    idle, // no mail left; `wake` will be called
    more, // the budget is spent and mail is left: call again soon
    dead, // the process has ended; do not touch it again
  };

  /// One message, never an exit signal that was not trapped. May throw: that crashes the process.
  virtual void handle_message(caf::mailbox_element& mail) = 0;

  /// Inside `handle_message`: the mail is the caller's from now on, and is not answered for it.
  caf::mailbox_element_ptr take_mail(caf::mailbox_element& mail) noexcept {
    current_element_ = nullptr; // which tells `deliver`
    return caf::mailbox_element_ptr{&mail};
  }

  /// Back into the inbox with mail that was taken, behind the rest.
  void put_back(caf::mailbox_element_ptr mail) noexcept { append(mail.release()); }

  /// Mail that was taken and is kept, or is kept no more: it counts as waiting, and is watched.
  void count_kept(int change);

  /// Removes this `down` from the mail that was taken and is kept; returns whether it was there.
  virtual bool flush_kept(monitor_ref) { return false; }

  /// Whether a mailbox takes this however full it is: the process's own notes to itself wake it, and would
  /// not come again. Any thread; asked only where there is a bound.
  virtual bool is_always_taken(const caf::mailbox_element& mail) const noexcept;

  /// Mail came for a process that had none: have `run_mail` called soon, on its own thread.
  /// Any thread; once it is in line it may be run, and end, before the call returns.
  virtual void wake(caf::execution_unit* context) = 0;

  /// The process ends for this reason: the last callback, called once, before links and monitors hear of it.
  virtual void before_exit(const exit_reason& reason) = 0;

  /// The process has ended: whoever lists the living may not touch it any more. Links hear of it later.
  virtual void leave_lists() noexcept {}

  /// The last that an ending process does: from now on it does not touch its node any more.
  virtual void leave_node() noexcept {}

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

  /// Runs callbacks for at most `budget` waiting messages. Where it says `idle` or `dead`, the process
  /// is another thread's now or gone, unless the caller holds a reference or alone may run it.
  mail_state run_mail(std::size_t budget, caf::execution_unit* context);

  /// Ends the process once the callback that is running is done, whatever mail waits. First call wins.
  void exit_after_callback(exit_reason reason);

  /// Another reason for an end that is pending.
  void restate_exit(exit_reason reason);

  /// Call after each callback that was not run by `run_mail`: acts on exit signals that came meanwhile.
  /// Returns whether the process is still alive.
  bool after_callback() { return !exit_pending() || !ready_to_finish() || finish(); }

  /// Whether the process is to end now; takes a look at exit signals that came meanwhile.
  [[gnu::always_inline]] bool exit_pending() {
    if (state().inbox.has_signal()) [[unlikely]]
      fetch_mail();
    return is(exiting);
  }

  /// Asked when the process is to end. False puts it off: something of it still runs elsewhere, which
  /// calls `after_callback` when it is done.
  virtual bool ready_to_finish() { return true; }

  /// While held, mail stays where it is: a callback runs elsewhere.
  void hold_mail(bool on) noexcept { set(held, on); }

  /// Whether this is asked for the first time.
  bool begins_now() noexcept { return !is(begun) && (set(begun, true), true); }

  /// Runs `callback` as this process: `current` is set, exceptions go to `handle_exception`.
  template <class Callback>
  void run_as_self(Callback&& callback) {
    auto* outer = enter();
    try {
      callback();
    } catch (...) {
      handle_exception();
    }
    leave(outer);
  }

  /// What its own thread notes about it, for all to read.
  enum own_flag : std::uint8_t {
    exiting = 1,
    held = 2,
    begun = 4,
    running = 8,
    on_pool = 16,
    counted = 32,   // each turn is a reference
    gives_way = 64, // it wrote to itself: others first
    tagged = 128,   // see is_tagged
  };
  bool is(unsigned which) const noexcept {
    return (state().flags.load(std::memory_order_relaxed) & which) != 0;
  }
  void set(own_flag which, bool on) noexcept {
    const unsigned old = state().flags.load(std::memory_order_relaxed);
    state().flags.store(static_cast<std::uint8_t>(on ? old | which : old & ~which),
                        std::memory_order_relaxed);
  }

  /// The process has what it needs to be run, and lives until it exits: it holds a reference to itself.
  void begin_life();

 private:
  struct extras;

  // What any thread notes about it.
  enum marking : std::uint8_t {
    has_timers = 1,
    has_name = 2,
    is_long = 4,    // its mailbox, and that was reported
    is_flooded = 8, // its mailbox was full, and it is killed for that
    traps_exit = 16,
    has_topics = 32,
    is_leaving = 64, // what it had is gone, and nothing is given to it any more
  };
  bool is_marked(marking which) const noexcept {
    return (state().marks.load(std::memory_order_relaxed) & which) != 0;
  }
  /// Returns those that it had.
  unsigned add_marks(marking which) noexcept { return state().marks.fetch_or(which); }
  /// Both return what it was.
  bool mark(marking which) noexcept { return (add_marks(which) & which) != 0; }
  bool unmark(marking which) noexcept {
    return (state().marks.fetch_and(static_cast<std::uint8_t>(~which)) & which) != 0;
  }

  process* enter() noexcept {
    set(running, true);
    return std::exchange(current_, this);
  }
  void leave(process* outer) noexcept {
    set(running, false);
    current_ = outer;
  }
  void move_to(caf::execution_unit* unit) noexcept;
  bool falls_idle(process* outer) noexcept;
  void fetch_mail();
  /// Mail that is linked from the oldest to the newest, behind what waits.
  void chain(caf::mailbox_element* oldest, caf::mailbox_element* newest) noexcept {
    auto* last = own().newest ? own().newest : newest;
    newest->next = own().newest ? last->next : oldest;
    last->next = oldest;
    own().newest = newest;
  }
  std::uint32_t chain_without_signals(caf::mailbox_element* oldest);
  void append(caf::mailbox_element* mail) noexcept {
    chain(mail, mail);
    count_waiting(1);
  }
  void count_waiting(std::uint32_t more) noexcept { // a negative number wraps, and is right again
    state().waiting.store(state().waiting.load(std::memory_order_relaxed) + more,
                          std::memory_order_relaxed);
  }
  void bounce_dead(caf::mailbox_element* mail);
  void enqueue_bounded(caf::mailbox_element* mail, bool is_signal, caf::execution_unit* context);
  std::uint32_t room_for(const caf::mailbox_element& mail) const noexcept;
  void refuse(caf::mailbox_element* mail);
  void end_flooded(const mailbox_bound& bound);
  static constexpr std::uint32_t looked_at_every = 1'024;
  void note_length();
  caf::mailbox_element_ptr pop_mail() noexcept;
  void name_only_links(caf::mailbox_element& mail) const;
  bool absorb_exit_signal(const caf::mailbox_element& mail);
  void deliver(caf::mailbox_element_ptr mail);
  static caf::mailbox_element_ptr trapped(const caf::mailbox_element& mail);
  bool finish();
  void forget_belongings();
  void close_inbox();
  extras& with_extras();
  bool is_linked(const caf::actor_addr& other) const;
  bool take_link(const caf::actor_addr& other);
  void note_former_link(const caf::actor_addr& other);
  bool was_linked(const caf::actor_addr& other) const;
  bool find_down(monitor_ref ref, bool remove);
  bool accept_down(monitor_ref ref);
  void release_monitors();
  void watch(const caf::strong_actor_ptr& target, monitor_ref ref);
  bool unwatch(const caf::strong_actor_ptr& target, monitor_ref ref, bool flush);
  void begin_call(std::uint64_t number, detail::pending_call call);
  void set_call_timer(std::chrono::steady_clock::time_point deadline);
  bool is_calling(std::uint64_t number) const;
  caf::mailbox_element_ptr expire_calls();
  caf::mailbox_element_ptr receive_reply(caf::mailbox_element& mail);
  void receive_expected(caf::mailbox_element_ptr& mail);
  caf::mailbox_element_ptr end_call(std::uint64_t number, caf::mailbox_element* reply,
                                    call_failure failure);

  static constinit thread_local process* current_;

  // What every turn touches, whether mail came or not.
  struct turn_members {
    vaquero::inbox inbox{};
    std::atomic<std::uint32_t> waiting = 0; // in the ring
    std::atomic<std::uint16_t> bound = 0;   // see mailbox_bound::packed
    std::atomic<std::uint8_t> flags = 0;
    std::atomic<std::uint8_t> marks = 0;
  };
  struct members {
    vaquero::node& home;
    caf::mailbox_element* newest = nullptr; // taken from the inbox: a ring, newest->next the oldest
    std::unique_ptr<process::extras> extras{}; // what few have; changed with mtx_ locked
    std::atomic<std::uint64_t> taken = 0;      // from the inbox, ever
  };

  // They lie where CAF has in every actor what only other kinds of actors use: a condition variable, and, at
  // the end, next to what derived classes have for a turn, a function. A process is none of these, and from
  // the end of its constructor to its destructor the two do not exist.
  members& own() noexcept { return *std::launder(reinterpret_cast<members*>(&cv_)); }
  const members& own() const noexcept {
    return *std::launder(reinterpret_cast<const members*>(&cv_));
  }
  turn_members& state() noexcept {
    return *std::launder(reinterpret_cast<turn_members*>(&initial_behavior_fac_));
  }
  const turn_members& state() const noexcept {
    return *std::launder(reinterpret_cast<const turn_members*>(&initial_behavior_fac_));
  }
  using behavior_factory = decltype(initial_behavior_fac_);
  static_assert(sizeof(members) <= sizeof(std::condition_variable) &&
                alignof(members) <= alignof(std::condition_variable) &&
                sizeof(turn_members) == sizeof(behavior_factory) &&
                alignof(turn_members) <= alignof(behavior_factory));
};

// A connection is a process: what it weighs is what a million of them weigh.
static_assert(sizeof(process) == sizeof(caf::local_actor));

} // namespace vaquero
