#include "runtime/scheduled_process.hpp"

#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>

namespace vaquero {

void scheduled_process::start() {
  begin_life();
  home_.processes().add(*this);
  wake(nullptr);
}

void scheduled_process::wake(caf::execution_unit* context) {
  // The worker's reference; it gives it back when `resume` returns.
  intrusive_ptr_add_ref(ctrl());
  if (context)
    context->exec_later(this);
  else
    system().scheduler().enqueue(this);
}

caf::resumable::resume_result scheduled_process::resume(caf::execution_unit* unit,
                                                        std::size_t max_throughput) {
  home_.system_monitor().thread_runs(id());
  const auto state = run(std::min(budget_, max_throughput), unit);
  system_monitor::thread_is_free();
  switch (state) {
    case mail_state::more: return resume_result::resume_later;
    case mail_state::idle: return resume_result::awaiting_message;
    case mail_state::dead: break;
  }
  return resume_result::done;
}

process::mail_state scheduled_process::run(std::size_t budget, caf::execution_unit* unit) {
  if (begins_now()) {
    run_as_self(unit, [this] { init(); });
    if (!after_callback()) return mail_state::dead;
  }
  return run_mail(budget, unit);
}

} // namespace vaquero
