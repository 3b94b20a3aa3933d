// References: the names of one monitor, one timer and one call. Values; unique within a node while it runs.
#pragma once

#include <compare>
#include <cstdint>

namespace vaquero {

/// Names one monitor. What `monitor` returns, and what the `down` that it leads to carries.
struct monitor_ref {
  std::uint64_t id = 0;

  auto operator<=>(const monitor_ref&) const = default;
  explicit operator bool() const noexcept { return id != 0; }
};

/// Names one call. What `send_request` returns, and what its `call_result` carries.
struct call_ref {
  std::uint64_t id = 0;

  auto operator<=>(const call_ref&) const = default;
  explicit operator bool() const noexcept { return id != 0; }
};

/// Names one timer. What `start_timer` and `send_after` return; `timeout<T>` carries it.
struct timer_ref {
  std::uint64_t id = 0;

  auto operator<=>(const timer_ref&) const = default;
  explicit operator bool() const noexcept { return id != 0; }
};

} // namespace vaquero
