// What few processes have, and the others pay eight bytes for. Private to the sources of the process.
#pragma once

#include "runtime/process.hpp"
#include "runtime/timer_queue.hpp"

#include <deque>
#include <map>
#include <vector>

namespace vaquero {

namespace detail {

/// A call that has no outcome yet.
struct pending_call {
  caf::weak_actor_ptr callee;
  timer_clock::time_point deadline; // the clock's last moment: none
  call_result_maker make_result;
};

/// The calls of a process, by the number of the monitor, which is that of the request and of the call_ref as
/// well. One timer serves them all: it is set for the first deadline, and fires for calls that are long
/// over; a call that is answered never touches it.
struct pending_calls {
  static constexpr auto never = timer_clock::time_point::max();

  std::map<std::uint64_t, pending_call> by_number;
  decltype(by_number)::node_type spare; // of the call that ended last, for the next
  timer_ref timer;
  timer_clock::time_point timer_at = never;
};

} // namespace detail

struct process::extras {
  std::map<std::uint64_t, caf::weak_actor_ptr> monitors; // by monitor_ref: whom
  std::vector<monitor_ref> muted;           // ended, but their `down` is still on its way
  std::deque<caf::actor_addr> former_links; // to processes of other nodes, the newest last
  detail::pending_calls calls;
  exit_reason why;

  /// Bytes, and what the lists and maps take, which put four words before each of their values.
  std::size_t memory() const noexcept {
    auto nodes_of = [](const auto& map) {
      return map.size() * (sizeof(typename std::decay_t<decltype(map)>::value_type) + 32);
    };
    return sizeof(extras) + nodes_of(monitors) + nodes_of(calls.by_number);
  }
};

} // namespace vaquero
