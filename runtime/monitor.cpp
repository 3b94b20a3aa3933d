#include "runtime/monitor.hpp"

#include "runtime/detail/block_cache.hpp"
#include "runtime/message_traits.hpp"
#include "runtime/signals.hpp"

#include <caf/abstract_actor.hpp>
#include <caf/make_message.hpp>

namespace vaquero {

namespace {

// CAF's own kinds of token count from 0; this one says that the token is a monitor_ref of ours.
constexpr std::size_t monitor_token = 0x7661;

class monitor_attachable final : public caf::attachable {
 public:
  monitor_attachable(caf::actor_addr target, monitor_ref ref, caf::weak_actor_ptr watcher)
      : target_(std::move(target)), ref_(ref), watcher_(std::move(watcher)) {}

  void actor_exited(const caf::error& reason, caf::execution_unit* host) override {
    auto watcher = watcher_.lock();
    if (!watcher) return;
    exit_reason why{reason};
    // CAF calls back from inside `attach` when the actor had ended before: Erlang says noproc then.
    // A proxy ends with its connection, too, and that the watcher must be able to tell.
    const bool is_out_of_reach =
        target_.node() != watcher->node() && why.what() == exit_reason::kind::noconnection;
    if (attaching_ == this && !is_out_of_reach) why = exit_reason::noproc();
    watcher->enqueue(nullptr, caf::make_message_id(),
                     caf::make_message(down{ref_, target_, std::move(why)}), host);
  }

  bool matches(const token& what) override {
    return what.subtype == monitor_token && *static_cast<const monitor_ref*>(what.ptr) == ref_;
  }

  const caf::weak_actor_ptr& watcher() const noexcept { return watcher_; }

  // Each call has a monitor.
  static void* operator new(std::size_t bytes) { return detail::block_cache::allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept {
    detail::block_cache::free(block, bytes);
  }

  static thread_local const monitor_attachable* attaching_;

 private:
  caf::actor_addr target_;
  monitor_ref ref_;
  caf::weak_actor_ptr watcher_;
};

thread_local const monitor_attachable* monitor_attachable::attaching_ = nullptr;

} // namespace

void attach_monitor(caf::actor_control_block& target, monitor_ref ref,
                    caf::weak_actor_ptr watcher) {
  auto monitor = std::make_unique<monitor_attachable>(target.address(), ref, std::move(watcher));
  monitor_attachable::attaching_ = monitor.get();
  target.get()->attach(std::move(monitor));
  monitor_attachable::attaching_ = nullptr;
}

bool detach_monitor(caf::actor_control_block& target, monitor_ref ref) {
  return 0 != target.get()->detach(caf::attachable::token{monitor_token, &ref});
}

const caf::weak_actor_ptr* watcher_of(const caf::attachable& what) noexcept {
  auto* monitor = dynamic_cast<const monitor_attachable*>(&what);
  return monitor ? &monitor->watcher() : nullptr;
}

} // namespace vaquero
