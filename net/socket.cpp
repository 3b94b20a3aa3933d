#include "net/socket.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vaquero {

ssize_t receive(int fd, std::span<std::byte> into) noexcept {
  ssize_t count = 0;
  do {
    count = syscall(SYS_recvfrom, fd, into.data(), into.size(), 0, nullptr, nullptr);
  } while (count < 0 && errno == EINTR);
  return count;
}

ssize_t transmit(int fd, std::span<const std::byte> from) noexcept {
  ssize_t count = 0;
  do {
    count = syscall(SYS_sendto, fd, from.data(), from.size(), MSG_NOSIGNAL, nullptr, 0);
  } while (count < 0 && errno == EINTR);
  return count;
}

bool would_block(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

int pending_error(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void limit_unsent(int fd, std::uint32_t bytes) noexcept {
  if (bytes != 0) setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

void reset_on_close(int fd) noexcept {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void close_socket(int fd) noexcept { ::close(fd); }

peer_address peer_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return {text, ntohs(v4.sin_port)};
  }
  if (address.ss_family != AF_INET6) return {};
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  return {text, ntohs(v6.sin6_port)};
}

bool is_loopback(std::string_view ip) { return ip.starts_with("127.") || ip == "::1"; }

std::string to_string(const peer_address& address) {
  const bool is_v6 = address.ip.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.ip + "]" : address.ip) + ":" + std::to_string(address.port);
}

} // namespace vaquero
