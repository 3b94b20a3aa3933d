#include "bench/suite/client_connection.hpp"

#include "bench/support/deflate.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>

namespace vaquero::bench {

namespace {

constexpr std::size_t response_max = 64 * 1024;

[[noreturn]] void fail(const std::string& call) {
  throw std::runtime_error(call + ": " + strerror(errno));
}

/// The port is chosen at connect, when the kernel knows the whole four-tuple.
void bind_to_source(int fd, std::uint32_t source) {
  int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  constexpr std::uint32_t sources = 200;
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + source % sources);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) fail("bind");
}

bool has_token(std::string_view head, std::string_view token) {
  return head.find(token) != head.npos;
}

} // namespace

void client_connection::connect(const connection_options& options, std::uint32_t source) {
  const target& to = options.server;
  fd_ = unique_fd(socket(to.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd() < 0) fail("socket");
  int on = 1;
  setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (to.address.ss_family == AF_INET && to.is_loopback()) bind_to_source(fd(), source);
  const auto* address = reinterpret_cast<const sockaddr*>(&to.address);
  if (::connect(fd(), address, to.address_size) != 0 && errno != EINPROGRESS)
    fail("cannot connect to " + to.address_text());
  stage_ = stage::connecting;
  reader = message_reader(options.compression);
}

void client_connection::request_upgrade(const connection_options& options) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0)
    throw protocol_failure("cannot connect to " + options.server.address_text() + ": " +
                           strerror(error));
  // The key of RFC 6455 section 1.3, so that the answer is known without a digest.
  std::string request = "GET " + options.server.path + " HTTP/1.1\r\nHost: " + options.server.host +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Version: 13\r\n";
  if (options.compression)
    request += std::string("Sec-WebSocket-Extensions: ") + deflate_offer + "\r\n";
  for (const auto& each : options.headers)
    request += each + "\r\n";
  request += "\r\n";
  // A fresh socket has room for a request.
  if (::send(fd(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size()))
    throw protocol_failure(std::string("cannot send a request: ") + strerror(errno));
  stage_ = stage::upgrading;
}

std::optional<std::string> client_connection::take_upgrade(std::string_view bytes,
                                                           const connection_options& options) {
  response_.append(bytes);
  const auto end = response_.find("\r\n\r\n");
  if (end == response_.npos) {
    if (response_.size() > response_max) throw protocol_failure("the server's response has no end");
    return {};
  }
  const auto head = std::string_view(response_).substr(0, end);
  const auto first_line = std::string(head.substr(0, head.find('\r')));
  if (!head.starts_with("HTTP/1.1 101 "))
    throw protocol_failure("the server refused to upgrade " + options.server.path + ": " +
                           first_line);
  if (!has_token(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
    throw protocol_failure("the server answered with a wrong Sec-WebSocket-Accept");
  if (options.compression && !has_token(head, "permessage-deflate"))
    throw protocol_failure("the server does not compress at " + options.server.path);
  stage_ = stage::open;
  auto rest = response_.substr(end + 4);
  response_ = {};
  return rest;
}

void client_connection::send(std::string_view bytes) {
  if (has_unsent()) {
    unsent_.append(bytes);
    return;
  }
  const ssize_t sent_now = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  // EPIPE and ECONNRESET: receiving tells which, with what came before.
  if (sent_now < 0 && errno != EAGAIN && errno != EPIPE && errno != ECONNRESET) fail("send");
  const auto gone = sent_now < 0 ? 0 : static_cast<std::size_t>(sent_now);
  if (gone < bytes.size()) unsent_.append(bytes.substr(gone));
}

void client_connection::flush() {
  if (has_unsent()) send(std::exchange(unsent_, {}));
}

void client_connection::begin_close() {
  if (stage_ != stage::open) return;
  std::string frame;
  append_masked(frame, frame_type::close, normal_closure, 0x5A5A5A5A);
  send(frame);
  stage_ = stage::closing;
}

void client_connection::drop() {
  fd_.reset();
  stage_ = stage::unused;
  response_ = {};
  unsent_ = {};
  awaits_room = false;
  sent = received = 0;
}

} // namespace vaquero::bench
