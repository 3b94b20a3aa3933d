#include "tests/support/send_counter.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constinit std::array<std::atomic<std::size_t>, 0x10000> writes_of_port{};

void count_write(int fd) {
  const int before = errno;
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
      address.sin_family == AF_INET)
    writes_of_port[ntohs(address.sin_port)].fetch_add(1);
  errno = before;
}

} // namespace

// The product calls the system by `syscall`, so that is what stands in front here.
extern "C" long syscall(long number, ...) noexcept {
  using plain = long (*)(long, long, long, long, long, long, long);
  static const auto next = reinterpret_cast<plain>(dlsym(RTLD_NEXT, "syscall"));
  va_list list;
  va_start(list, number);
  long values[6];
  for (auto& each : values)
    each = va_arg(list, long);
  va_end(list);
  if (number == SYS_sendto || number == SYS_sendmsg) count_write(static_cast<int>(values[0]));
  return next(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

std::size_t vaquero::testing::writes_from_port(std::uint16_t port) {
  return writes_of_port[port].load();
}
