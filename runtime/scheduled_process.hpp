// A process that the scheduler runs: `wake` gives it to a worker, which handles some messages and goes
// on to the next. Derive, implement `handle_message`, and `spawn_process` it.
#pragma once

#include "runtime/verbs.hpp"

#include <caf/make_actor.hpp>
#include <caf/resumable.hpp>

namespace vaquero {

class scheduled_process : public process, public caf::resumable, public process_verbs {
 public:
  using process::process;

  // The process's own members of these names stay hidden behind the verbs, which do the same.
  using process_verbs::demonitor;
  using process_verbs::exit;
  using process_verbs::link;
  using process_verbs::monitor;
  using process_verbs::register_as;
  using process_verbs::respond;
  using process_verbs::self;
  using process_verbs::send;
  using process_verbs::send_request;
  using process_verbs::take_request;
  using process_verbs::trap_exit;
  using process_verbs::unlink;

  /// Starts it: `init` runs first, on a worker. Called by spawn_process.
  void start();

  // -- caf::resumable -----------------------------------------------------------------------------

  // Not `scheduled_actor`, which tells CAF that it is a caf::scheduled_actor.
  subtype_t subtype() const override { return resumable::unspecified; }
  resume_result resume(caf::execution_unit* unit, std::size_t max_throughput) override;
  void intrusive_ptr_add_ref_impl() override { intrusive_ptr_add_ref(ctrl()); }
  void intrusive_ptr_release_impl() override { intrusive_ptr_release(ctrl()); }

 protected:
  /// The first callback, before any message.
  virtual void init() {}
  void before_exit(const exit_reason&) override {}
  void wake(caf::execution_unit* context) override;

 private:
  bool has_started_ = false;
};

namespace detail {

/// A process that was made and not started. Dropped, it is freed.
template <class Process>
class new_process {
 public:
  explicit new_process(pid handle) : handle_(std::move(handle)) {}

  const pid& handle() const noexcept { return handle_; }
  pid start() const {
    static_cast<Process*>(caf::actor_cast<caf::abstract_actor*>(handle_))->start();
    return handle_;
  }

 private:
  pid handle_;
};

template <class Process, class... Args>
new_process<Process> make_process(node& home, Args&&... args) {
  caf::actor_config config;
  auto& system = home.system();
  return new_process<Process>{caf::make_actor<Process, pid>(
      system.next_actor_id(), system.node(), &system, config, home, std::forward<Args>(args)...)};
}

} // namespace detail

/// Makes a process of this class, starts it, and returns its handle. It lives until it exits.
template <class Process, class... Args>
pid spawn_process(node& home, Args&&... args) {
  return detail::make_process<Process>(home, std::forward<Args>(args)...).start();
}

} // namespace vaquero
