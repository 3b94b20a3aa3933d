// A socket on a loop, as the loop sees it. All calls come on the loop's thread.
#pragma once

#include "net/deadline_wheel.hpp"
#include "net/readiness.hpp"

namespace vaquero {

class io_source : public deadline_hook {
 public:
  /// The socket is ready, or broken. It may destroy itself.
  virtual void on_ready(readiness what) = 0;

  /// Its outbox is to be written: once at the end of each turn in which something was put in.
  virtual void on_flush() = 0;

  /// The deadline that it set has come.
  virtual void on_deadline() = 0;

  /// The loop ends. `now`: it waits no longer, give up the socket and whatever else is held.
  virtual void on_stop(bool now) = 0;

  /// Bytes of heap that `on_low_memory` would give back.
  virtual std::size_t held_bytes() const { return 0; }

  /// The node's buffers hold more than they may, and these are among the largest: give them up, and the
  /// connection with them. It may destroy itself.
  virtual void on_low_memory() {}

  virtual ~io_source() = default;

 private:
  friend class loop;
  std::uint32_t place_ = 0; // in the loop's list of its sources
};

} // namespace vaquero
