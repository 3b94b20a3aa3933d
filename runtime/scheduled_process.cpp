#include "runtime/scheduled_process.hpp"

#include "runtime/detail/worker.hpp"
#include "runtime/node.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace vaquero {

void scheduled_process::start() {
  begin_life();
  set(counted, !home().has_own_scheduler());
  home().processes().add(*this);
  wake(nullptr);
}

// A process that is in line cannot end, and as long as it lives it holds a reference to itself: a worker
// of ours needs none. One of CAF's takes each job for a reference, and gives it back after the turn.
void scheduled_process::wake(caf::execution_unit* context) {
  if (is(counted)) intrusive_ptr_add_ref(ctrl());
  if (is(on_pool))
    submit();
  else if (context)
    context->exec_later(this);
  else
    system().scheduler().enqueue(this);
}

// One turn, then the next in line has its own. There is no worker: what it wakes is injected.
void scheduled_process::submit() {
  home().pool().submit([this] {
    switch (resume(nullptr, system().scheduler().max_throughput())) {
      case resume_result::resume_later: submit(); break;
      case detail::turn_is_over: break;
      default: intrusive_ptr_release(ctrl());
    }
  });
}

caf::resumable::resume_result scheduled_process::resume(caf::execution_unit* unit,
                                                        std::size_t max_throughput) {
  const bool is_counted = is(counted);
  const bool is_watched = !is(on_pool); // where it may block
  if (is_watched) home().system_monitor().thread_runs(id());
  const auto state = run(max_throughput, unit);
  if (is_watched) system_monitor::thread_is_free();
  // From here on only a reference keeps it.
  if (state == mail_state::more) return resume_result::resume_later;
  return is_counted ? resume_result::done : detail::turn_is_over;
}

process::mail_state scheduled_process::run(std::size_t budget, caf::execution_unit* unit) {
  if (begins_now()) {
    context(unit);
    run_as_self([this] { init(); });
    if (!after_callback()) return mail_state::dead;
  }
  return run_mail_briefly(budget, unit);
}

// A budget of messages is meant for callbacks that do something. Whose last messages took no time at all
// goes on: else what one process sends in a turn would take another several, and its mailbox would grow.
process::mail_state scheduled_process::run_mail_briefly(std::size_t budget,
                                                        caf::execution_unit* unit) {
  using namespace std::chrono_literals;
  constexpr std::size_t sample = 30;
  constexpr auto no_time = sample * 100ns;
  constexpr int turns_in_one = 10;
  if (budget <= sample) return run_mail(budget, unit);
  for (int turn = 1;; ++turn) {
    auto state = run_mail(budget - sample, unit);
    if (state != mail_state::more || is(gives_way)) return state;
    const auto begin = timer_clock::now();
    state = run_mail(sample, unit);
    if (state != mail_state::more || is(gives_way) || turn == turns_in_one) return state;
    if (timer_clock::now() - begin > no_time) return state;
  }
}

} // namespace vaquero
