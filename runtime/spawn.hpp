// Starting processes: from a function (see receive.hpp for what its body can do), or from a class that
// derives from scheduled_process. A process lives until it exits, whether or not anybody holds its handle.
#pragma once

#include "runtime/function_process.hpp"

#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>

namespace vaquero {

/// What can be spawned: a function or function object that takes these arguments and returns a `process_body`, or
/// returns void and waits for nothing.
template <class Function, class... Args>
concept spawnable = std::invocable < std::decay_t<Function>
&, std::decay_t<Args>... >
       &&(std::same_as<std::invoke_result_t<std::decay_t<Function>&, std::decay_t<Args>...>,
                       process_body> ||
          std::is_void_v<std::invoke_result_t<std::decay_t<Function>&, std::decay_t<Args>...>>);

/// What `spawn_monitor` returns.
struct spawned {
  pid process;
  monitor_ref ref;
};

/// What holds for a process of a function from before its first step: Erlang's spawn_opt.
struct spawn_options {
  /// The body may block: it runs on a thread of the node's pool, and no worker waits for it.
  bool is_blocking = false;

  /// How much may wait in its mailbox; without a bound by default.
  mailbox_bound bound{};
};

namespace detail {

/// Keeps the function and the arguments for as long as the body may use them.
template <class Function, class... Args>
class process_of final : public function_process {
 public:
  template <class... Given>
  process_of(caf::actor_config& config, vaquero::node& home, Given&&... given)
      : function_process(config, home), call_(std::in_place, std::forward<Given>(given)...) {}

 private:
  process_body begin() override {
    return std::apply(
        [](Function& function, Args&... args) -> process_body {
          if constexpr (std::is_void_v<std::invoke_result_t<Function&, Args...>>) {
            std::invoke(function, std::move(args)...);
            return {};
          } else {
            return std::invoke(function, std::move(args)...);
          }
        },
        *call_);
  }
  void forget_function() noexcept override { call_.reset(); }

  std::optional<std::tuple<Function, Args...>> call_;
};

template <class Function, class... Args>
auto make_function_process(node& home, const spawn_options& options, Function&& function,
                           Args&&... args) {
  auto made = make_process<process_of<std::decay_t<Function>, std::decay_t<Args>...>>(
      home, std::forward<Function>(function), std::forward<Args>(args)...);
  if (options.is_blocking) made->run_on_pool();
  static_cast<process&>(*made).bound_mailbox(options.bound);
  return made;
}

/// A process that is linked, or monitored, before its first step: it cannot end too early.
template <class Process>
pid start_linked(const new_process<Process>& made) {
  running_process().link(made.handle());
  return made.start();
}
template <class Process>
spawned start_monitored(const new_process<Process>& made) {
  auto ref = running_process().monitor(made.handle());
  return {made.start(), ref};
}

} // namespace detail

/// Runs the function as a process. The function and the arguments are copied or moved into it, as for a
/// std::thread, and destroyed with the body. Returning is `exit(normal)`. From any thread. Throws
/// std::invalid_argument if the bound among the options is out of range.
template <class Function, class... Args>
requires spawnable<Function, Args...> pid spawn(node& home, const spawn_options& options,
                                                Function&& function, Args&&... args) {
  return detail::make_function_process(home, options, std::forward<Function>(function),
                                       std::forward<Args>(args)...)
      .start();
}
template <class Function, class... Args>
requires spawnable<Function, Args...> pid spawn(node& home, Function&& function, Args&&... args) {
  return spawn(home, spawn_options{}, std::forward<Function>(function),
               std::forward<Args>(args)...);
}

/// In the node of the process that runs here, and so are the next four.
template <class Function, class... Args>
requires spawnable<Function, Args...> pid spawn(const spawn_options& options, Function&& function,
                                                Args&&... args) {
  return spawn(detail::running_process().home(), options, std::forward<Function>(function),
               std::forward<Args>(args)...);
}
template <class Function, class... Args>
requires spawnable<Function, Args...> pid spawn(Function&& function, Args&&... args) {
  return spawn(spawn_options{}, std::forward<Function>(function), std::forward<Args>(args)...);
}

/// Linked to the caller from its first step on: the caller gets its exit signal however soon it ends.
template <class Function, class... Args>
requires spawnable<Function, Args...> pid spawn_link(const spawn_options& options,
                                                     Function&& function, Args&&... args) {
  return detail::start_linked(
      detail::make_function_process(detail::running_process().home(), options,
                                    std::forward<Function>(function), std::forward<Args>(args)...));
}
template <class Function, class... Args>
requires spawnable<Function, Args...> pid spawn_link(Function&& function, Args&&... args) {
  return spawn_link(spawn_options{}, std::forward<Function>(function), std::forward<Args>(args)...);
}

/// Monitored by the caller from its first step on.
template <class Function, class... Args>
requires spawnable<Function, Args...> spawned spawn_monitor(const spawn_options& options,
                                                            Function&& function, Args&&... args) {
  return detail::start_monitored(
      detail::make_function_process(detail::running_process().home(), options,
                                    std::forward<Function>(function), std::forward<Args>(args)...));
}
template <class Function, class... Args>
requires spawnable<Function, Args...> spawned spawn_monitor(Function&& function, Args&&... args) {
  return spawn_monitor(spawn_options{}, std::forward<Function>(function),
                       std::forward<Args>(args)...);
}

/// `spawn_process`, linked to the caller from its first step on.
template <class Process, class... Args>
pid spawn_process_link(Args&&... args) {
  return detail::start_linked(
      detail::make_process<Process>(detail::running_process().home(), std::forward<Args>(args)...));
}

/// `spawn_process`, monitored by the caller from its first step on.
template <class Process, class... Args>
spawned spawn_process_monitor(Args&&... args) {
  return detail::start_monitored(
      detail::make_process<Process>(detail::running_process().home(), std::forward<Args>(args)...));
}

} // namespace vaquero
