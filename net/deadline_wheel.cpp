#include "net/deadline_wheel.hpp"

namespace vaquero {

deadline_wheel::deadline_wheel() {
  for (auto& head : slots_)
    head.next_ = head.previous_ = &head;
}

void deadline_wheel::set(deadline_hook& hook, tick due) noexcept {
  hook.unhook();
  hook.due_ = due > now_ ? due : now_ + 1;
  if (hook.due_ < earliest_) earliest_ = hook.due_;
  insert(hook);
}

void deadline_wheel::insert(deadline_hook& hook) noexcept {
  auto& head = slot(hook.due_);
  hook.next_ = &head;
  hook.previous_ = head.previous_;
  head.previous_->next_ = &hook;
  head.previous_ = &hook;
}

void deadline_wheel::take_slot(tick at, deadline_hook& into) noexcept {
  auto& head = slot(at);
  if (head.next_ == &head) {
    into.next_ = into.previous_ = &into;
    return;
  }
  into.next_ = head.next_;
  into.previous_ = head.previous_;
  into.next_->previous_ = &into;
  into.previous_->next_ = &into;
  head.next_ = head.previous_ = &head;
}

// The slot that comes first; its hooks may be of a later lap, then it is visited in vain once a lap.
deadline_wheel::tick deadline_wheel::find_earliest() const noexcept {
  for (tick ahead = 1; ahead <= slots; ++ahead) {
    const auto& head = slots_[(now_ + ahead) % slots];
    if (head.next_ != &head) return now_ + ahead;
  }
  return never;
}

} // namespace vaquero
