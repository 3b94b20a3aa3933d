#include "runtime/scheduled_process.hpp"

#include <caf/scheduler/abstract_coordinator.hpp>

namespace vaquero {

void scheduled_process::start() {
  begin_life();
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
  if (!has_started_) {
    has_started_ = true;
    run_as_self(unit, [this] { init(); });
    if (!after_callback()) return resume_result::done;
  }
  switch (run_mail(max_throughput, unit)) {
    case mail_state::more: return resume_result::resume_later;
    case mail_state::idle: return resume_result::awaiting_message;
    case mail_state::dead: break;
  }
  return resume_result::done;
}

} // namespace vaquero
