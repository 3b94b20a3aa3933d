#include "net/memory_budget.hpp"

#include <algorithm>
#include <utility>

namespace vaquero {

void memory_budget::ask_for_relief() {
  if (is_asked_.exchange(true)) return;
  std::lock_guard lock{mutex_};
  const auto most = std::max_element(accounts_.begin(), accounts_.end(), [](auto* x, auto* y) {
    return x->reported_.load(std::memory_order_relaxed) <
           y->reported_.load(std::memory_order_relaxed);
  });
  if (most != accounts_.end()) (*most)->relieve_();
}

void memory_budget::relief_done(bool gave) {
  is_asked_.store(false);
  if (gave && is_exceeded()) ask_for_relief();
}

memory_account::memory_account(memory_budget& budget, std::function<void()> relieve)
    : budget_(budget), relieve_(std::move(relieve)) {
  std::lock_guard lock{budget_.mutex_};
  budget_.accounts_.push_back(this);
}

memory_account::~memory_account() {
  report();
  std::lock_guard lock{budget_.mutex_};
  std::erase(budget_.accounts_, this);
}

void memory_account::report() {
  const auto delta = std::exchange(unreported_, 0);
  reported_.fetch_add(delta, std::memory_order_relaxed);
  budget_.used_.fetch_add(delta, std::memory_order_relaxed);
  if (delta > 0 && budget_.is_exceeded()) budget_.ask_for_relief();
}

} // namespace vaquero
