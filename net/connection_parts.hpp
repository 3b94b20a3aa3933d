// The parts of a connection that only its own sources see.
#pragma once

#include "net/connection.hpp"
#include "net/detail/recycled.hpp"
#include "net/loop_topics.hpp"
#include "net/websocket/deflater.hpp"
#include "net/websocket/inflater.hpp"

#include <optional>
#include <vector>

namespace vaquero {

/// A callback on the pool. Its commands are noted, since the loop goes on meanwhile.
struct connection::blocking_call {
  std::vector<std::function<void(connection&)>> commands;
  std::function<void()> after; // on the loop, when the commands are done
  queue_state queue;           // when it began
  terminate_reason lost;       // of a socket that broke meanwhile

  // What was published meanwhile. Only the loop's thread touches it.
  std::vector<outgoing_data> published;
  std::size_t published_bytes = 0;
  bool is_overrun = false; // more than the queue may hold, and its policy is not to drop

  /// As the queue's policy says. Returns how many frames were dropped by it.
  std::uint64_t keep(const frame_batch& batch, const websocket_options& bounds);

 private:
  bool drop_oldest();
};

/// The streams of a connection whose messages refer to earlier ones; null where they do not.
struct deflate_contexts {
  std::unique_ptr<inflater> in;
  std::unique_ptr<deflater> out;
};

inline std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Kept apart, so that an idle connection does not pay for it.
struct connection::seldom : detail::recycled<connection::seldom> {
  /// Between the request and the answer to it.
  struct handshake : detail::recycled<handshake> {
    handshake(request&& asked, upgrade_offer&& offered)
        : from(std::move(asked)), offer(std::move(offered)) {}

    request from;
    upgrade_offer offer;        // its views point into the request
    std::optional<upgrade> how; // what init returned
    loop::tick answer_due = 0;  // of a deferred one
  };

  std::unique_ptr<handshake> opening;
  std::unique_ptr<blocking_call> on_pool;
  std::vector<std::byte> unread; // received while nobody wanted it
  std::optional<websocket_options> options;
  std::optional<terminate_reason> why;
  caf::message shutdown_term;
  std::unique_ptr<deflate_contexts> contexts;
  std::string subprotocol;
  std::uint64_t frames_dropped = 0;

  std::size_t contexts_bytes() const {
    if (!contexts) return 0;
    return (contexts->in ? contexts->in->bytes_held() : 0) +
           (contexts->out ? contexts->out->bytes_held() : 0);
  }

  bool is_empty() const {
    return !opening && !on_pool && unread.empty() && !options && !why && shutdown_term.empty() &&
           !contexts && subprotocol.empty() && frames_dropped == 0;
  }
};

inline const websocket_options& connection::options() const noexcept {
  return has_own_options_ ? *rare_->options : type_->options;
}

// What it has published itself, with nothing in its outbox, comes in front of what it sends now. False if
// it has been closed by that.
inline bool connection::catch_up_with_topics() {
  if (outbox_ || !home_loop().topics().is_behind()) [[likely]]
    return true;
  home_loop().topics().catch_up();
  return phase_ == phase::open;
}

[[gnu::always_inline]] inline void connection::add_frame(opcode type, std::string_view data) {
  if (!catch_up_with_topics()) return;
  auto& box = out();
  if (box.is_tracked() || box.size() > options().queue_bytes_max) [[unlikely]]
    return queue_frame(type, data, {});
  box.append_frame(type, data);
}

/// Runs a callback here, or on the pool for a handler that blocks; then `after`, here, if the process is
/// not about to end.
template <class Body, class After>
void connection::call(callback which, Body&& body, After&& after) {
  if (type_->is_blocking) {
    call_on_pool(which, std::forward<Body>(body), std::forward<After>(after));
    return;
  }
  note_running(which);
  auto& here = home_loop();
  here.enter_callback(callback_tag(which));
  run_as_self(std::forward<Body>(body));
  here.leave_callback();
  note_running(callback::none);
  if (!exit_pending()) after();
}

} // namespace vaquero
