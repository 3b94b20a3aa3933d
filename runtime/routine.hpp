// What a process that is written as a function returns: a coroutine that waits for messages. One that
// another co_awaits runs within it, and may wait as well. It starts when it is spawned or awaited, and
// it runs and is destroyed on the thread of its process only.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace vaquero {

template <class T>
class routine;

/// `process_body ponger(std::string name) { ... co_await receive<ping>() ... }`: what can be spawned.
using process_body = routine<void>;

namespace detail {

/// What a body may co_await: `receive`, `sleep`, `call`, another routine. Others resume it on their threads.
template <class T>
concept body_awaitable = requires {
  typename std::remove_cvref_t<T>::is_body_awaitable;
};

/// Goes on with this coroutine once the one that runs is suspended; null: with none.
void resume_next(std::coroutine_handle<> body) noexcept;

class routine_promise_base {
 public:
  struct end_of_routine {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      resume_next(ended.promise().caller);
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  end_of_routine final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }

  template <body_awaitable Awaitable>
  Awaitable&& await_transform(Awaitable&& what) const noexcept {
    return std::forward<Awaitable>(what);
  }

  std::coroutine_handle<> caller; // who awaits it; null for a process's body
  std::exception_ptr failure;     // what left it
};

template <class T>
struct routine_promise : routine_promise_base {
  routine<T> get_return_object() noexcept;
  template <std::convertible_to<T> Value>
  void return_value(Value&& value) {
    result.emplace(std::forward<Value>(value));
  }
  T take() { return std::move(*result); }

  std::optional<T> result;
};

template <>
struct routine_promise<void> : routine_promise_base {
  routine<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void take() const noexcept {}
};

} // namespace detail

/// Owns the coroutine: moved, never copied. What leaves it as an exception leaves the co_await of it.
template <class T = void>
class [[nodiscard]] routine {
 public:
  using promise_type = detail::routine_promise<T>;
  using is_body_awaitable = void;

  routine() noexcept = default;
  routine(routine&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  routine& operator=(routine&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~routine() {
    if (coroutine_) coroutine_.destroy();
  }

  // -- co_await, in another routine ----------------------------------------------------------------

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> caller) const noexcept {
    coroutine_.promise().caller = caller;
    detail::resume_next(coroutine_);
  }
  T await_resume() const {
    if (auto& failure = coroutine_.promise().failure) std::rethrow_exception(failure);
    return coroutine_.promise().take();
  }

  /// For the process that runs it.
  std::coroutine_handle<promise_type> handle() const noexcept { return coroutine_; }

 private:
  friend promise_type;
  explicit routine(std::coroutine_handle<promise_type> coroutine) noexcept
      : coroutine_(coroutine) {}

  std::coroutine_handle<promise_type> coroutine_;
};

namespace detail {

template <class T>
routine<T> routine_promise<T>::get_return_object() noexcept {
  return routine<T>{std::coroutine_handle<routine_promise>::from_promise(*this)};
}

inline routine<void> routine_promise<void>::get_return_object() noexcept {
  return routine<void>{std::coroutine_handle<routine_promise>::from_promise(*this)};
}

} // namespace detail

} // namespace vaquero
