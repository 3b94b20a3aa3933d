// A process that the scheduler runs: `wake` gives it to a worker, which handles some messages and goes
// on to the next. Derive, implement `handle_message`, and `spawn_process` it. If its callbacks block,
// give the class `static constexpr bool is_blocking = true;`: then they run on the node's pool.
#pragma once

#include "runtime/verbs.hpp"

#include <caf/make_actor.hpp>
#include <caf/resumable.hpp>

namespace vaquero {

class scheduled_process : public process, public caf::resumable, public process_verbs {
 public:
  scheduled_process(caf::actor_config& config, vaquero::node& home) : process(config, home) {}

  // The process's own members of these names stay hidden behind the verbs, which do the same.
  using process_verbs::demonitor;
  using process_verbs::exit;
  using process_verbs::link;
  using process_verbs::monitor;
  using process_verbs::respond;
  using process_verbs::self;
  using process_verbs::send;
  using process_verbs::send_request;
  using process_verbs::take_request;
  using process_verbs::trap_exit;
  using process_verbs::unlink;

  /// Starts it: `init` runs first, on a worker. Called by spawn_process.
  void start();

  /// Its callbacks may block: they run on the node's pool, and no worker waits for them. Before start.
  void run_on_pool() noexcept { set(on_pool, true); }

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
  void leave_lists() noexcept final { home().processes().remove(*this); }
  void leave_node() noexcept final { home().processes().has_finished(id()); }
  void wake(caf::execution_unit* context) override;

 private:
  void submit();
  mail_state run(std::size_t budget, caf::execution_unit* unit);
  mail_state run_mail_briefly(std::size_t budget, caf::execution_unit* unit);
};

template <class Process>
constexpr bool is_blocking_process = [] {
  if constexpr (requires { Process::is_blocking; })
    return static_cast<bool>(Process::is_blocking);
  else
    return false;
}();

namespace detail {

/// A process that was made and not started. Dropped, it is freed.
template <class Process>
class new_process {
 public:
  explicit new_process(pid handle) : handle_(std::move(handle)) {}

  const pid& handle() const noexcept { return handle_; }
  Process& operator*() const noexcept {
    return *static_cast<Process*>(caf::actor_cast<caf::abstract_actor*>(handle_));
  }
  Process* operator->() const noexcept { return &**this; }
  pid start() const {
    (*this)->start();
    return handle_;
  }

 private:
  pid handle_;
};

template <class Process, class... Args>
new_process<Process> make_process(node& home, Args&&... args) {
  caf::actor_config config;
  auto& system = home.system();
  new_process<Process> made{caf::make_actor<Process, pid>(
      system.next_actor_id(), system.node(), &system, config, home, std::forward<Args>(args)...)};
  if constexpr (is_blocking_process<Process>) made->run_on_pool();
  return made;
}

} // namespace detail

/// Makes a process of this class, starts it, and returns its handle. It lives until it exits.
template <class Process, class... Args>
pid spawn_process(node& home, Args&&... args) {
  return detail::make_process<Process>(home, std::forward<Args>(args)...).start();
}

} // namespace vaquero
