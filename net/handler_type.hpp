// A handler class as the server keeps it: how large, what it is called, how one is made. A value that
// routes hold and connections point to; it outlives the connections.
#pragma once

#include "net/websocket_handler.hpp"
#include "runtime/type_name.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace vaquero {

/// Specialise to true for a handler whose callbacks may block: they run on a bounded pool of threads
/// while the loop keeps the socket. Or give the class `static constexpr bool is_blocking = true;`.
template <class Handler>
constexpr bool is_blocking_handler = [] {
  if constexpr (requires { Handler::is_blocking; })
    return static_cast<bool>(Handler::is_blocking);
  else
    return false;
}();

struct handler_type {
  std::string name;
  std::string route; // the path that leads to it, as it was given
  std::size_t size = 0;
  bool is_blocking = false;
  bool hears_queue_high = false; // it lists the message
  bool hears_queue_low = false;
  websocket_options options;

  /// Answers, as a page does, requests there whose method is not GET; empty: they get a 426.
  std::function<response(node&, const request&)> answer_others;

  /// Makes one in memory of that size, aligned as new aligns.
  std::function<websocket_handler_base*(void* where)> construct;

  /// Its websocket_handle. Found here, where all its connections look, and not in the handler, which would
  /// be one cache line more of each for those without a state of their own.
  void (*handle)(websocket_handler_base& handler, const frame& in) = nullptr;
};

/// Whether a handler lists this message.
template <class Handler, class Message>
constexpr bool lists_message = [] {
  if constexpr (requires { Handler::template lists<Message>; })
    return Handler::template lists<Message>;
  else
    return false;
}();

namespace detail {

/// What handler_type::handle is. The handler's own may be inlined here: so that a crash's stack names the
/// callback all the same, this has its name.
template <class Handler>
void websocket_handle(websocket_handler_base& handler, const frame& in) {
  auto& self = static_cast<Handler&>(handler);
  if constexpr (requires { self.Handler::websocket_handle(in); })
    self.Handler::websocket_handle(in); // it is a Handler, nothing that is derived from it
  else
    handler.websocket_handle(in); // private there
}

} // namespace detail

/// `args` are copied into each handler that is made. Throws std::invalid_argument for options that
/// `check_options` refuses.
template <class Handler, class... Args>
handler_type make_handler_type(websocket_options options, Args... args) {
  static_assert(std::is_base_of_v<websocket_handler_base, Handler>,
                "a handler derives from vaquero::websocket_handler<Messages...>");
  static_assert(alignof(Handler) <= alignof(std::max_align_t),
                "a handler lies in the memory of its connection; it cannot be over-aligned");
  check_options(options);
  auto construct = [args...](void* where) -> websocket_handler_base* {
    return new (where) Handler(args...);
  };
  return {.name = type_name<Handler>(),
          .route = {},
          .size = sizeof(Handler),
          .is_blocking = is_blocking_handler<Handler>,
          .hears_queue_high = lists_message<Handler, queue_high>,
          .hears_queue_low = lists_message<Handler, queue_low>,
          .options = options,
          .answer_others = {},
          .construct = std::move(construct),
          .handle = &detail::websocket_handle<Handler>};
}

} // namespace vaquero
