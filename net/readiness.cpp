#include "net/readiness.hpp"

#include <cerrno>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace vaquero {

namespace {

epoll_event wanted(io_source& source, readiness what) {
  epoll_event event{};
  event.events = static_cast<std::uint32_t>(what);
  event.data.ptr = &source;
  return event;
}

} // namespace

readiness_set::readiness_set() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::system_error{errno, std::system_category(), "epoll_create1"};
}

readiness_set::~readiness_set() { ::close(epoll_); }

void readiness_set::add(int fd, io_source& source, readiness what) {
  auto interest = wanted(source, what);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &interest) != 0)
    throw std::system_error{errno, std::system_category(), "epoll_ctl"};
}

void readiness_set::change(int fd, io_source& source, readiness what) noexcept {
  auto interest = wanted(source, what);
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &interest);
}

void readiness_set::remove(int fd) noexcept { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

std::span<const readiness_set::event> readiness_set::poll() {
  // Directly: see socket.hpp.
  const long count = syscall(SYS_epoll_pwait, epoll_, raw_, events_max, 0, nullptr, 0);
  if (count <= 0) return {};
  for (long i = 0; i < count; ++i)
    events_[i] = {static_cast<io_source*>(raw_[i].data.ptr),
                  static_cast<readiness>(raw_[i].events)};
  return {events_, static_cast<std::size_t>(count)};
}

} // namespace vaquero
