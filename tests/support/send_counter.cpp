#include "tests/support/send_counter.hpp"

#include <array>
#include <atomic>
#include <cerrno>
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

extern "C" ssize_t send(int fd, const void* data, std::size_t size, int flags) {
  count_write(fd);
  return syscall(SYS_sendto, fd, data, size, flags, nullptr, 0);
}

extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  count_write(fd);
  return syscall(SYS_sendmsg, fd, message, flags);
}

std::size_t vaquero::testing::writes_from_port(std::uint16_t port) {
  return writes_of_port[port].load();
}
