#include "runtime/process.hpp"

#include "runtime/detail/process_extras.hpp"
#include "runtime/message_traits.hpp"
#include "runtime/node.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/detail/sync_request_bouncer.hpp>
#include <caf/response_promise.hpp>
#include <caf/system_messages.hpp>

namespace vaquero {

namespace {

// Marks our processes among local actors. CAF leaves this bit of the actor flags to nobody.
constexpr int is_process_flag = 0x00080000;

caf::actor_config& mark(caf::actor_config& config) { return config.add_flag(is_process_flag); }

bool is_exit_signal(const caf::mailbox_element& mail) {
  return mail.content().type_token() == caf::make_type_token<caf::exit_msg>();
}

} // namespace

constinit thread_local process* process::current_ = nullptr;

process::process(caf::actor_config& config, vaquero::node& home)
    : caf::local_actor(mark(config)), home_(home) {}

process::~process() {
  while (pop_mail()) {
  } // only a process that was never started still has some
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

void process::begin_life() { intrusive_ptr_add_ref(ctrl()); }

// -- mail -------------------------------------------------------------------------------------------

void process::enqueue(caf::mailbox_element_ptr what, caf::execution_unit* context) {
  const auto mid = what->mid;
  const auto sender = mid.is_request() ? what->sender : nullptr;
  // Counted before it can be found, so that whoever takes it from the inbox sees the count.
  if (is_exit_signal(*what)) {
    name_only_links(*what);
    signals_.fetch_add(1, std::memory_order_relaxed);
  }
  switch (inbox_.push_front(std::move(what))) {
    case caf::intrusive::inbox_result::success: break;
    case caf::intrusive::inbox_result::unblocked_reader: wake(context); break;
    case caf::intrusive::inbox_result::queue_closed:
      if (sender) caf::detail::sync_request_bouncer{fail_state_}(sender, mid);
      break;
  }
}

void process::append(caf::mailbox_element* mail) noexcept {
  if (newest_) {
    mail->next = newest_->next;
    newest_->next = mail;
  } else {
    mail->next = mail;
  }
  newest_ = mail;
}

caf::mailbox_element_ptr process::pop_mail() noexcept {
  if (!newest_) return nullptr;
  auto* oldest = static_cast<caf::mailbox_element*>(newest_->next);
  if (oldest == newest_)
    newest_ = nullptr;
  else
    newest_->next = oldest->next;
  oldest->next = nullptr;
  return caf::mailbox_element_ptr{oldest};
}

// Moves what is in the inbox behind the mail that waits, oldest first, and lets exit signals act: they
// were sent after everything their sender did before, and what waits in front of them is no reason to wait.
void process::fetch_mail() {
  using node_type = caf::intrusive::singly_linked<caf::mailbox_element>;
  node_type* newest = inbox_.blocked() ? nullptr : inbox_.take_head();
  node_type* oldest = nullptr;
  while (newest) {
    auto* next = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  const bool scan = signals_.load(std::memory_order_relaxed) != 0;
  while (oldest) {
    auto* mail = static_cast<caf::mailbox_element*>(oldest);
    oldest = oldest->next;
    mail->next = nullptr;
    if (scan && is_exit_signal(*mail)) {
      signals_.fetch_sub(1, std::memory_order_relaxed);
      if (absorb_exit_signal(*mail)) {
        caf::mailbox_element_ptr drop{mail};
        continue;
      }
    }
    append(mail);
  }
}

process::mail_state process::run_mail(std::size_t budget, caf::execution_unit* unit) {
  if (inbox_.closed()) return mail_state::dead;
  auto* outer = enter(unit);
  auto state = mail_state::more;
  while (budget != 0 && !is_held_) {
    if (!newest_) fetch_mail();
    if (exit_pending()) {
      if (ready_to_finish()) {
        finish();
        state = mail_state::dead;
      }
      break;
    }
    if (auto mail = pop_mail()) {
      deliver(std::move(mail));
      --budget;
    } else if (inbox_.blocked() || inbox_.try_block()) {
      state = mail_state::idle;
      break;
    }
  }
  current_ = outer;
  return state;
}

void process::deliver(caf::mailbox_element_ptr mail) {
  if (is_exit_signal(*mail))
    mail = trapped(*mail);
  else if (extras_ && mail->content().match_elements<down>() &&
           !accept_down(mail->content().get_as<down>(0).ref))
    return;
  current_element_ = mail.get();
  try {
    handle_message(*mail);
    answer_unanswered(*mail);
  } catch (...) {
    handle_exception();
    if (mail->mid.is_request() && !mail->mid.is_answered())
      caf::detail::sync_request_bouncer{{}}(*mail);
  }
  if (!is_held_) current_element_ = nullptr; // held: it is whoever runs the callback elsewhere's
}

// A request always gets a response; a handler that gave none answers as a CAF handler returning void does.
void process::answer_unanswered(caf::mailbox_element& mail) {
  if (mail.mid.is_request() && !mail.mid.is_answered() && mail.sender) respond(caf::make_message());
}

void process::respond(caf::message content) {
  if (!current_element_ || !current_element_->mid.is_request() ||
      current_element_->mid.is_answered())
    return;
  auto promise = make_response_promise();
  current_element_->mid.mark_as_answered();
  promise.deliver(std::move(content));
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
  home_.crash_log().report(where(), info);
  return info;
}

timer_driver& process::timers() noexcept { return home_.timers().common(); }

// -- exit -------------------------------------------------------------------------------------------

void process::exit_after_callback(exit_reason reason) {
  if (is_exiting_) return;
  is_exiting_ = true;
  with_extras().why = std::move(reason);
}

void process::restate_exit(exit_reason reason) { extras_->why = std::move(reason); }

const exit_reason& process::pending_exit() const noexcept { return extras_->why; }

bool process::finish() {
  auto reason = std::move(with_extras().why);
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
  if (!extras_->name.empty()) home_.names().release(extras_->name);
  forget_timers(); // before anybody hears of the end, so that none of them is seen after it
  release_monitors();
  cleanup(caf::error{reason.error()}, context());
  forget_timers(); // and again for those that were started until it was marked as dead
  close_inbox();
  extras_.reset();
  intrusive_ptr_release(ctrl());
  return false;
}

void process::forget_timers() {
  if (has_timers_.exchange(false, std::memory_order_acq_rel)) timers().forget(*this);
}

void process::close_inbox() {
  caf::detail::sync_request_bouncer bounce{fail_state_};
  while (auto mail = pop_mail())
    bounce(*mail);
  auto bounce_and_delete = [&](caf::mailbox_element* mail) {
    caf::mailbox_element_ptr owned{mail};
    bounce(*owned);
  };
  inbox_.close(bounce_and_delete);
}

} // namespace vaquero
