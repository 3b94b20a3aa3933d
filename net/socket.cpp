#include "net/socket.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vaquero {

using boost::asio::ip::tcp;

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

peer_address address_of(const tcp::endpoint& peer) {
  if (peer.address().is_v6()) return {peer.address().to_string(), peer.port()};
  // By hand: the library's way is a tenth of a handshake.
  char text[INET_ADDRSTRLEN];
  char* end = text;
  for (const auto byte : peer.address().to_v4().to_bytes()) {
    if (end != text) *end++ = '.';
    end = std::to_chars(end, std::end(text), byte).ptr;
  }
  return {{text, end}, peer.port()};
}

peer_address peer_of(int fd) {
  tcp::endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  return getpeername(fd, peer.data(), &size) == 0 ? address_of(peer) : peer_address{};
}

bool is_loopback(std::string_view ip) { return ip.starts_with("127.") || ip == "::1"; }

std::string to_string(const peer_address& address) {
  const bool is_v6 = address.ip.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.ip + "]" : address.ip) + ":" + std::to_string(address.port);
}

} // namespace vaquero
