// Which sockets can be read or written: a level-triggered set, the seam behind which another backend
// (kqueue, io_uring) would stand. It belongs to one loop.
#pragma once

#include <cstdint>
#include <span>
#include <sys/epoll.h>

namespace vaquero {

class io_source;

/// What a source waits for, and what it is told. Hang-ups and errors are always told.
enum class readiness : std::uint32_t {
  none = 0,
  readable = EPOLLIN,
  writable = EPOLLOUT,
  peer_left = EPOLLRDHUP, // the peer has closed its write side
  hang_up = EPOLLHUP,
  error = EPOLLERR,
};

constexpr readiness operator|(readiness x, readiness y) {
  return static_cast<readiness>(static_cast<std::uint32_t>(x) | static_cast<std::uint32_t>(y));
}
constexpr bool operator&(readiness x, readiness y) {
  return (static_cast<std::uint32_t>(x) & static_cast<std::uint32_t>(y)) != 0;
}

class readiness_set {
 public:
  struct event {
    io_source* source;
    readiness what;
  };

  /// Throws std::system_error if the system has no descriptor left.
  readiness_set();
  ~readiness_set();
  readiness_set(const readiness_set&) = delete;
  readiness_set& operator=(const readiness_set&) = delete;

  /// The descriptor of the set itself: readable while any of its sources is ready.
  int descriptor() const noexcept { return epoll_; }

  /// Throws std::system_error if the system refuses (descriptors, memory).
  void add(int fd, io_source& source, readiness what);
  void change(int fd, io_source& source, readiness what) noexcept;
  void remove(int fd) noexcept;

  /// What is ready now, without waiting; at most `events_max` of them, so ask again if it is as many.
  std::span<const event> poll();

  static constexpr int events_max = 256; // a batch that stays in the first-level cache

 private:
  int epoll_;
  epoll_event raw_[events_max];
  event events_[events_max];
};

} // namespace vaquero
