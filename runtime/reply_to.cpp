#include "runtime/reply_to.hpp"

#include "runtime/process.hpp"

#include <caf/detail/sync_request_bouncer.hpp>

namespace vaquero {

reply_to::reply_to(caf::weak_actor_ptr callee, caf::mailbox_element& mail)
    : callee_(std::move(callee)), requester_(std::move(mail.sender)),
      stages_(std::move(mail.stages)), request_(mail.mid) {
  mail.mid.mark_as_answered();
}

reply_to& reply_to::operator=(reply_to&& other) noexcept {
  reply_to old{std::move(*this)};
  callee_ = std::move(other.callee_);
  requester_ = std::move(other.requester_);
  stages_ = std::move(other.stages_);
  request_ = other.request_;
  return *this;
}

reply_to::~reply_to() {
  if (requester_) caf::detail::sync_request_bouncer{{}}(requester_, request_);
}

void reply_to::answer(caf::message content) {
  auto requester = std::exchange(requester_, nullptr);
  if (!requester) return;
  auto* running = process::current();
  auto* unit = running ? running->context() : nullptr;
  if (stages_.empty()) {
    requester->enqueue(
        caf::make_mailbox_element(callee_.lock(), request_.response_id(), {}, std::move(content)),
        unit);
    return;
  }
  auto next = std::move(stages_.back());
  stages_.pop_back();
  next->enqueue(caf::make_mailbox_element(std::move(requester), request_, std::move(stages_),
                                          std::move(content)),
                unit);
}

} // namespace vaquero
