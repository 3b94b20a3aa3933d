#include "runtime/function_process.hpp"

#include "runtime/detail/pattern.hpp"

namespace vaquero {

namespace {

/// What a body sends to itself, or has a timer send.
struct body_tick {
  std::uint64_t id;
};

} // namespace

template <>
inline constexpr bool local_only<body_tick> = true;

namespace {

bool is_down_of(const caf::mailbox_element& mail, monitor_ref ref) {
  return mail.content().match_elements<down>() && mail.content().get_as<down>(0).ref == ref;
}

} // namespace

namespace detail {

void resume_next(std::coroutine_handle<> body) noexcept {
  function_process::running().resume_next(body);
}

void mail_list::append(caf::mailbox_element_ptr mail) noexcept {
  auto* added = mail.release();
  added->next = nullptr;
  if (newest_)
    newest_->next = added;
  else
    oldest_ = added;
  newest_ = added;
}

caf::mailbox_element_ptr mail_list::pop() noexcept {
  return take_first([](auto&) { return true; });
}

} // namespace detail

// -- what it is told by what the body awaits ------------------------------------------------------------

void function_process::forget_received() {
  if (!received_) return;
  answer_unanswered(*received_);
  current_mailbox_element(nullptr);
  received_.reset();
}

bool function_process::take_kept(detail::body_wait& what) {
  received_ =
      kept_.take_first([&](auto& mail) { return what.offer(mail) == detail::verdict::receive; });
  current_mailbox_element(received_.get());
  if (!received_) return false;
  count_kept(-1);
  return true;
}

std::uint64_t function_process::tick_now() {
  const auto id = next_tick();
  enqueue(detail::make_mail(nullptr, caf::make_message_id(), body_tick{id}), context());
  return id;
}

std::pair<std::uint64_t, timer_ref> function_process::tick_at(timer_clock::time_point when) {
  const auto id = next_tick();
  return {id, vaquero::send_after(home(), when, self(), body_tick{id})};
}

// -- the process ----------------------------------------------------------------------------------------

void function_process::init() {
  body_ = begin();
  if (body_.handle())
    run(body_.handle());
  else
    exit_after_callback(exit_reason::normal());
}

bool function_process::is_always_taken(const caf::mailbox_element& mail) const noexcept {
  return detail::pattern<body_tick>::matches(mail.content()) || process::is_always_taken(mail);
}

void function_process::handle_message(caf::mailbox_element& mail) {
  kept_in_a_row_ = 0;
  if (detail::pattern<body_tick>::matches(mail.content())) {
    if (!wait_->accepts_tick(detail::pattern<body_tick>::view(mail).id)) return;
    take_mail(mail).reset();
  } else {
    const auto what = wait_->offer(mail);
    auto owned = take_mail(mail);
    if (what == detail::verdict::keep) {
      count_kept(1);
      return kept_.append(std::move(owned));
    }
    if (what == detail::verdict::receive) received_ = std::move(owned);
  }
  run(std::exchange(wait_, nullptr)->body);
}

// Not by one coroutine resuming the next: that is a call, and a body may have millions of them in a row.
void function_process::run(std::coroutine_handle<> body) {
  current_mailbox_element(received_.get());
  next_ = body;
  while (next_)
    std::exchange(next_, nullptr).resume();
  current_mailbox_element(nullptr);
  if (!body_.handle().done()) return;
  if (auto& failure = body_.handle().promise().failure) std::rethrow_exception(failure);
  exit_after_callback(exit_reason::normal());
}

// The mail is refused with the rest of the inbox, when links and monitors have heard of the end.
void function_process::before_exit(const exit_reason&) {
  body_ = {};
  forget_function();
  while (auto mail = kept_.pop()) {
    count_kept(-1);
    put_back(std::move(mail));
  }
  if (received_) put_back(std::move(received_));
}

bool function_process::flush_kept(monitor_ref ref) {
  if (!kept_.take_first([&](auto& mail) { return is_down_of(mail, ref); })) return false;
  count_kept(-1);
  return true;
}

crash_site function_process::where() const { return {"process", "body", id()}; }

} // namespace vaquero
