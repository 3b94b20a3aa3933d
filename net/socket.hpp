// The few system calls that hot sockets need, and their errors as data.
#pragma once

#include "net/http/request.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace vaquero {

// The system is called directly: glibc's recv, send and epoll_wait are cancellation points, which in a
// program with threads costs 30 instructions a call, and no thread of ours is ever cancelled.

/// One recv; 0 at the end of the stream, -1 with errno. Interrupted ones are tried again.
ssize_t receive(int fd, std::span<std::byte> into) noexcept;

/// One send; -1 with errno. Interrupted ones are tried again; a broken pipe is an error, no signal.
ssize_t transmit(int fd, std::span<const std::byte> from) noexcept;

bool would_block(int error) noexcept;

/// The error that waits on the socket; 0 for none. It is cleared.
int pending_error(int fd) noexcept;

/// Bounds what the kernel takes before it sends it (TCP_NOTSENT_LOWAT); 0: the system's setting.
void limit_unsent(int fd, std::uint32_t bytes) noexcept;

/// Closing it will send a reset and forget what was not sent.
void reset_on_close(int fd) noexcept;
void close_socket(int fd) noexcept;

/// As a request and a log tell it.
peer_address address_of(const boost::asio::ip::tcp::endpoint& peer);

/// The peer's address; empty if it is gone.
peer_address peer_of(int fd);

/// Whether an IP address is this machine's own: 127.0.0.0/8 or ::1.
bool is_loopback(std::string_view ip);

/// "127.0.0.1:8080", "[::1]:8080".
std::string to_string(const peer_address& address);

} // namespace vaquero
