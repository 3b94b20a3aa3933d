#include "runtime/timer_service.hpp"

#include "runtime/detail/log_if_throws.hpp"
#include "runtime/names.hpp"

#include <caf/actor_cast.hpp>

#include <stdexcept>

namespace vaquero {

namespace {

std::optional<timer_clock::duration> time_left(std::optional<timer_clock::time_point> deadline) {
  if (!deadline) return std::nullopt;
  return std::max(*deadline - timer_clock::now(), timer_clock::duration::zero());
}

unsigned queue_of(timer_ref ref) { return ref.id & ((1u << timer_queue::queue_bits) - 1); }

} // namespace

// -- timer_driver -----------------------------------------------------------------------------------

std::optional<timer_clock::time_point> timer_driver::cancel(timer_ref ref) {
  timer_event event; // destroyed after the lock
  std::lock_guard lock{mutex_};
  auto deadline = queue_.cancel(ref, &event);
  note_next();
  return deadline;
}

std::optional<timer_clock::time_point> timer_driver::read(timer_ref ref) const {
  std::lock_guard lock{mutex_};
  return queue_.read(ref);
}

void timer_driver::forget(const process& owner) {
  std::vector<timer_event> events; // destroyed after the lock
  std::lock_guard lock{mutex_};
  events = queue_.forget(&owner);
  note_next();
}

void timer_driver::fire(timer_clock::time_point now,
                        const std::function<void(timer_event&&)>& pass_on) {
  while (true) {
    std::optional<timer_event> event;
    {
      std::lock_guard lock{mutex_};
      event = queue_.expire(now);
      note_next();
    }
    if (!event) return;
    pass_on(std::move(*event));
  }
}

// -- timer_service ----------------------------------------------------------------------------------

timer_service::timer_service(const names& names) : names_(names) {
  add_driver([this] {
    {
      std::lock_guard lock{mutex_};
      has_changed_ = true;
    }
    changed_.notify_one();
  });
  thread_ = std::thread{[this] { run_common(); }};
}

timer_service::~timer_service() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

timer_driver& timer_service::add_driver(std::function<void()> sooner) {
  std::lock_guard lock{mutex_};
  auto number = driver_count_.load(std::memory_order_relaxed);
  if (number == drivers_max) throw std::length_error{"a node has at most 255 loops"};
  drivers_[number] =
      std::make_unique<timer_driver>(static_cast<unsigned>(number), std::move(sooner));
  driver_count_.store(number + 1, std::memory_order_release);
  return *drivers_[number];
}

timer_driver* timer_service::driver_of(timer_ref ref) const noexcept {
  auto number = queue_of(ref);
  return number < driver_count_.load(std::memory_order_acquire) ? drivers_[number].get() : nullptr;
}

void timer_service::pass_on(timer_event&& event) const {
  caf::strong_actor_ptr to;
  if (event.to_name.empty())
    to = event.to.lock();
  else
    detail::log_if_throws("whereis, of a timer to a name,", [&] {
      if (auto process = (event.names ? *event.names : names_).whereis(event.to_name))
        to = caf::actor_cast<caf::strong_actor_ptr>(*process);
    });
  if (to) to->enqueue(nullptr, caf::make_message_id(), std::move(event.content), nullptr);
}

std::optional<timer_clock::duration> timer_service::cancel(timer_ref ref) {
  auto* driver = driver_of(ref);
  return driver ? time_left(driver->cancel(ref)) : std::nullopt;
}

std::optional<timer_clock::duration> timer_service::read(timer_ref ref) const {
  auto* driver = driver_of(ref);
  return driver ? time_left(driver->read(ref)) : std::nullopt;
}

void timer_service::run_common() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    auto deadline = common().next_deadline();
    auto is_woken = [&] { return stopping_ || has_changed_; };
    if (deadline)
      changed_.wait_until(lock, *deadline, is_woken);
    else
      changed_.wait(lock, is_woken);
    has_changed_ = false;
    lock.unlock();
    common().fire(timer_clock::now(), [this](timer_event&& event) { pass_on(std::move(event)); });
    lock.lock();
  }
}

} // namespace vaquero
