#include "runtime/process.hpp"

#include "runtime/detail/mail.hpp"
#include "runtime/detail/process_extras.hpp"
#include "runtime/detail/traffic.hpp"
#include "runtime/message_traits.hpp"
#include "runtime/node.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/detail/sync_request_bouncer.hpp>
#include <caf/system_messages.hpp>

namespace vaquero {

namespace {

// Marks our processes among local actors. CAF leaves this bit of the actor flags to nobody.
constexpr int is_process_flag = 0x00080000;

caf::actor_config& flagged(caf::actor_config& config) { return config.add_flag(is_process_flag); }

bool is_exit_signal(const caf::mailbox_element& mail) {
  return mail.content().type_token() == caf::make_type_token<caf::exit_msg>();
}

} // namespace

constinit thread_local process* process::current_ = nullptr;

process::process(caf::actor_config& config, vaquero::node& home)
    : caf::local_actor(flagged(config)) {
  new (&cv_) members{home};
  new (&initial_behavior_fac_) turn_members;
}

process::~process() {
  // Only a process that was never started still has some.
  while (pop_mail()) {
  }
  for (auto* mail = state().inbox.close(); mail;) {
    caf::mailbox_element_ptr drop{mail};
    mail = static_cast<caf::mailbox_element*>(mail->next);
  }
  own().~members();
  new (&cv_) std::condition_variable;
  state().~turn_members();
  new (&initial_behavior_fac_) behavior_factory;
}

process* process::from(const pid& handle) noexcept {
  if (!handle) return nullptr; // the cast of an empty handle points somewhere
  auto* actor = caf::actor_cast<caf::abstract_actor*>(handle);
  return actor->getf(is_process_flag) ? static_cast<process*>(actor) : nullptr;
}

void process::launch(caf::execution_unit*, bool, bool) {}

bool process::cleanup(caf::error&& reason, caf::execution_unit* host) {
  // Not local_actor::cleanup: it takes two locks of the whole system for things a process never uses.
  return monitorable_actor::cleanup(std::move(reason), host);
}

void process::on_destroy() {
  // Not for one that has ended: CAF would note the actor's id for its logger, and do nothing else.
  if (!getf(is_cleaned_up_flag)) caf::local_actor::on_destroy();
}

void process::begin_life() { intrusive_ptr_add_ref(ctrl()); }

// -- mail -------------------------------------------------------------------------------------------

void process::enqueue(caf::mailbox_element_ptr what, caf::execution_unit* context) {
  const bool is_signal = is_exit_signal(*what);
  if (is_signal) [[unlikely]]
    name_only_links(*what);
  auto* mail = what.release();
  ++detail::traffic::here().messages;
  // Who writes to himself wants to go on later: it is the turn of others first.
  if (current_ == this && !is(held)) set(gives_way, true);
  if (state().bound.load(std::memory_order_relaxed) != 0) [[unlikely]] {
    enqueue_bounded(mail, is_signal, context);
    return;
  }
  const auto found = state().inbox.push(mail, is_signal);
  if (found.was_blocked())
    wake(context);
  else if (found.was_closed())
    bounce_dead(mail);
  else if (found.count() % looked_at_every == looked_at_every - 1) [[unlikely]]
    note_length();
}

void process::bounce_dead(caf::mailbox_element* mail) {
  caf::mailbox_element_ptr owned{mail};
  caf::detail::sync_request_bouncer{fail_state_}(*owned);
}

// Inline for those below; nobody else takes mail.
inline caf::mailbox_element_ptr process::pop_mail() noexcept {
  if (!own().newest) return nullptr;
  auto* oldest = static_cast<caf::mailbox_element*>(own().newest->next);
  if (oldest == own().newest)
    own().newest = nullptr;
  else
    own().newest->next = oldest->next;
  oldest->next = nullptr;
  count_waiting(-1u);
  return caf::mailbox_element_ptr{oldest};
}

// Moves what is in the inbox behind the mail that waits, oldest first, and lets exit signals act: they
// were sent after everything their sender did before, and what waits in front of them is no reason to wait.
void process::fetch_mail() {
  if (const auto taken = state().inbox.take(); taken.newest) {
    // A flood lies in no cache: it is walked once, to be turned round.
    std::uint32_t count = 0;
    caf::mailbox_element* oldest = nullptr;
    for (auto* mail = taken.newest; mail; ++count) {
      auto* older = static_cast<caf::mailbox_element*>(mail->next);
      mail->next = oldest;
      oldest = std::exchange(mail, older);
    }
    if (taken.has_signal) [[unlikely]]
      count = chain_without_signals(oldest);
    else
      chain(oldest, taken.newest);
    detail::traffic::here().messages += count;
    own().taken.store(own().taken.load(std::memory_order_relaxed) + count,
                      std::memory_order_relaxed);
    count_waiting(count);
  }
  if (is_marked(is_long)) [[unlikely]]
    note_length();
}

/// Returns how many are left.
std::uint32_t process::chain_without_signals(caf::mailbox_element* oldest) {
  std::uint32_t count = 0;
  while (auto* mail = oldest) {
    oldest = static_cast<caf::mailbox_element*>(mail->next);
    if (is_exit_signal(*mail) && absorb_exit_signal(*mail)) {
      mail->next = nullptr;
      caf::mailbox_element_ptr drop{mail};
      continue;
    }
    chain(mail, mail);
    ++count;
  }
  return count;
}

process::mail_state process::run_mail(std::size_t budget, caf::execution_unit* unit) {
  if (state().inbox.closed()) return mail_state::dead;
  // Others read the context; where it never changes it is never written.
  if (context() != unit) [[unlikely]]
    move_to(unit);
  auto* outer = enter();
  bool has_delivered = false;
  if (is(gives_way)) set(gives_way, false);
  while (budget != 0 && !is(held | gives_way)) {
    if (!own().newest) {
      // Mostly nothing came meanwhile, not even an exit signal: looking first would cost as much again.
      const bool is_plain = !is(exiting) && !is_marked(is_long);
      if (has_delivered && is_plain && falls_idle(outer)) return mail_state::idle;
      fetch_mail();
    }
    if (exit_pending()) {
      if (!ready_to_finish()) break;
      leave(outer);
      finish();
      return mail_state::dead;
    }
    if (auto mail = pop_mail()) {
      deliver(std::move(mail));
      has_delivered = true;
      --budget;
    } else if (falls_idle(outer)) {
      return mail_state::idle;
    }
  }
  // Held: the flags belong to whoever runs the callback elsewhere, and he takes `running` back.
  if (is(held))
    current_ = outer;
  else
    leave(outer);
  return mail_state::more;
}

void process::move_to(caf::execution_unit* unit) noexcept {
  if (context()) ++detail::traffic::here().moved;
  context(unit);
}

// From the moment on that the inbox is blocked another thread may run the process, and may end it.
bool process::falls_idle(process* outer) noexcept {
  leave(outer);
  if (state().inbox.try_block()) return true;
  if (state().inbox.blocked()) return true; // it was never woken
  enter();
  return false;
}

void process::deliver(caf::mailbox_element_ptr mail) {
  current_element_ = mail.get();
  // Held: it is whoever runs the callback elsewhere's.
  auto is_taken = [this] { return !is(held) && !current_element_; };
  try {
    if (is_exit_signal(*mail))
      mail = trapped(*mail);
    else if (mail->mid.is_response())
      mail = receive_reply(*mail);
    else if (own().extras)
      receive_expected(mail);
    current_element_ = mail.get();
    if (!mail) return;
    handle_message(*mail);
    if (!is_taken()) answer_unanswered(*mail);
  } catch (...) {
    handle_exception();
    if (!is_taken() && mail->mid.is_request() && !mail->mid.is_answered())
      caf::detail::sync_request_bouncer{{}}(*mail);
  }
  if (is_taken())
    static_cast<void>(mail.release());
  else if (!is(held))
    current_element_ = nullptr;
}

// A request always gets a response; a handler that gave none answers as a CAF handler returning void does.
void process::answer_unanswered(caf::mailbox_element& mail) {
  if (mail.mid.is_request() && !mail.mid.is_answered() && mail.sender) respond(caf::make_message());
}

void process::respond(caf::message content) {
  respond(detail::make_mail(nullptr, caf::message_id{}, std::move(content)));
}

// To whoever asked, or to the next on the way there.
void process::respond(caf::mailbox_element_ptr answer) {
  auto* request = current_element_;
  if (!request || !request->mid.is_request() || request->mid.is_answered()) return;
  answer->mid = request->mid.response_id();
  answer->stages = std::move(request->stages);
  auto receiver = std::move(request->sender);
  if (answer->stages.empty()) {
    answer->sender = ctrl();
  } else {
    answer->mid = request->mid;
    answer->sender = std::exchange(receiver, std::move(answer->stages.back()));
    answer->stages.pop_back();
  }
  request->mid.mark_as_answered();
  if (receiver) receiver->get()->enqueue(std::move(answer), context());
}

reply_to process::take_request() {
  auto* mail = current_element_;
  if (!mail || !mail->mid.is_request() || mail->mid.is_answered() || !mail->sender) return {};
  return {caf::actor_cast<caf::weak_actor_ptr>(ctrl()), *mail};
}

void process::handle_exception() {
  try {
    throw;
  } catch (process_exit& left) {
    exit_after_callback(std::move(left.reason));
  } catch (...) {
    exit_after_callback(exit_reason::crash(report_crash()));
  }
}

crash_site process::where() const { return {"process", "handle_message", id()}; }

crash_info process::report_crash() {
  auto info = current_exception_info();
  home().crash_log().report(where(), info);
  return info;
}

timer_driver& process::timers() noexcept { return home().timers().common(); }

// -- exit -------------------------------------------------------------------------------------------

void process::exit_after_callback(exit_reason reason) {
  if (is(exiting)) return;
  set(exiting, true);
  // Most end normally, and need no extras for that.
  if (own().extras || reason.error()) with_extras().why = std::move(reason);
}

void process::restate_exit(exit_reason reason) { with_extras().why = std::move(reason); }

const exit_reason& process::pending_exit() const noexcept {
  static const auto normal = exit_reason::normal();
  return own().extras ? own().extras->why : normal;
}

bool process::finish() {
  auto reason = pending_exit();
  auto* outer = current_;
  current_ = this;
  try {
    before_exit(reason);
  } catch (const process_exit&) {
    // It ends already, and the first reason stays.
  } catch (...) {
    report_crash();
  }
  current_ = outer;
  leave_lists();
  forget_belongings(); // before anybody hears of the end: none is seen after it
  if (own().extras) release_monitors();
  cleanup(caf::error{reason.error()}, context());
  close_inbox();
  note_length();
  std::unique_ptr<extras> last;
  {
    std::lock_guard lock{mtx_};
    last = std::move(own().extras);
  }
  leave_node();
  intrusive_ptr_release(ctrl());
  return false;
}

// In one step: who gives it something at this moment is seen here, or sees that it is too late.
void process::forget_belongings() {
  const auto had = add_marks(is_leaving);
  if (had & has_timers) timers().forget(*this);
  if (had & has_name) home().names().release(*this);
  if (had & has_topics) home().topics().forget(*this);
}

void process::close_inbox() {
  caf::detail::sync_request_bouncer bounce{fail_state_};
  while (auto mail = pop_mail())
    bounce(*mail);
  for (auto* mail = state().inbox.close(); mail;) {
    caf::mailbox_element_ptr owned{mail};
    mail = static_cast<caf::mailbox_element*>(mail->next);
    bounce(*owned);
  }
}

} // namespace vaquero
