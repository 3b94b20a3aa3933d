#include "bench/support/connection.hpp"

#include "bench/support/deflate.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace vaquero::bench {

namespace {

constexpr std::size_t input_start = 1024;
/// More unread bytes than this means that the server sends what nobody asked for.
constexpr std::size_t input_max = 16 * 1024 * 1024;

[[noreturn]] void fail(const char* call) {
  throw std::runtime_error(std::string(call) + ": " + strerror(errno));
}

unique_fd open_socket(unsigned source) {
  unique_fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) fail("socket");
  int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // The port is chosen at connect, when the kernel knows the whole four-tuple.
  setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in local{};
  local.sin_family = AF_INET;
  constexpr unsigned sources = 200;
  local.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + source % sources);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&local), sizeof local) != 0) fail("bind");
  return fd;
}

} // namespace

connection::connection(const sockaddr_in& server, unsigned source, receive_window window)
    : fd_(open_socket(source)) {
  // The server's kernel sizes its buffer by the segments that the client asks for.
  constexpr int segment = 536, buffer = 4'096;
  if (window == receive_window::small) {
    setsockopt(fd(), IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  }
  auto* address = reinterpret_cast<const sockaddr*>(&server);
  if (connect(fd(), address, sizeof server) != 0 && errno != EINPROGRESS) fail("connect");
}

void connection::send(std::string_view bytes) {
  if (has_unsent()) {
    unsent_.append(bytes);
    return;
  }
  ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  // ENOTCONN: still connecting. EPIPE and ECONNRESET: receive() tells which, with what came before.
  if (sent < 0 && errno != EAGAIN && errno != ENOTCONN && errno != EPIPE && errno != ECONNRESET)
    fail("send");
  unsent_.append(bytes.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent)));
}

void connection::flush() {
  if (has_unsent()) send(std::exchange(unsent_, {}));
}

void connection::receive() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ == input_.size()) {
    if (begin_ > 0) {
      std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
      end_ -= std::exchange(begin_, 0);
    } else {
      if (input_.size() >= input_max) throw protocol_failure("the server sent far too much");
      input_.resize(input_.empty() ? input_start : 2 * input_.size());
    }
  }
  ssize_t got = recv(fd(), input_.data() + end_, input_.size() - end_, 0);
  if (got > 0)
    end_ += static_cast<std::size_t>(got);
  else if (got == 0)
    ended_ = true;
  else if (errno != EAGAIN && errno != EINTR && errno != ENOTCONN)
    throw protocol_failure(std::string("the connection failed: ") + strerror(errno));
}

void connection::consume(std::size_t bytes) { begin_ += bytes; }

void connection::request_upgrade(std::string_view path, bool deflate) {
  deflate_ = deflate;
  const auto offer =
      deflate ? std::string("Sec-WebSocket-Extensions: ") + deflate_offer + "\r\n" : std::string();
  // The key of RFC 6455 section 1.3, so that the answer is known without a digest.
  send("GET " + std::string(path) +
       " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
       offer + "\r\n");
}

bool connection::take_upgrade() {
  std::string_view text = unread();
  auto end = text.find("\r\n\r\n");
  if (end == text.npos) {
    if (ended_) throw protocol_failure("the server closed instead of answering the upgrade");
    return false;
  }
  std::string_view head = text.substr(0, end);
  if (!head.starts_with("HTTP/1.1 101 ") || head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == head.npos)
    throw protocol_failure("the upgrade was refused: " +
                           std::string(head.substr(0, head.find('\r'))));
  if (deflate_ && head.find("permessage-deflate") == head.npos)
    throw protocol_failure("the server does not compress on this route");
  consume(end + 4);
  return true;
}

std::optional<server_frame> connection::next_frame() {
  while (auto frame = parse_frame(unread(), deflate_)) {
    if (frame->type != frame_type::ping && frame->type != frame_type::pong) return frame;
    if (frame->type == frame_type::ping) {
      std::string answer;
      append_masked(answer, frame_type::pong, frame->payload, 0x5A5A5A5A);
      send(answer);
    }
    consume(frame->size);
  }
  return {};
}

epoll_set::epoll_set() : fd_(epoll_create1(EPOLL_CLOEXEC)) {
  if (fd_.get() < 0) fail("epoll_create1");
}

void epoll_set::control(int operation, const connection& socket, std::uint32_t index,
                        bool writable) {
  epoll_event event{};
  event.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u32 = index;
  if (epoll_ctl(fd_.get(), operation, socket.fd(), &event) != 0) fail("epoll_ctl");
}

void epoll_set::add(const connection& socket, std::uint32_t index, bool writable) {
  control(EPOLL_CTL_ADD, socket, index, writable);
}

void epoll_set::change(const connection& socket, std::uint32_t index, bool writable) {
  control(EPOLL_CTL_MOD, socket, index, writable);
}

std::span<epoll_event> epoll_set::ready() {
  int count = epoll_wait(fd_.get(), events_.data(), static_cast<int>(events_.size()), 0);
  return {events_.data(), static_cast<std::size_t>(count > 0 ? count : 0)};
}

void open_connections(std::vector<connection>& connections, const sockaddr_in& server,
                      std::string_view path, std::size_t count, const deadline& limit, bool deflate,
                      receive_window window) {
  // Fewer at a time than any backlog holds: a dropped SYN would cost a second.
  constexpr std::size_t together = 64;
  std::size_t wanted = connections.size() + count;
  while (connections.size() < wanted) {
    std::size_t first = connections.size();
    while (connections.size() < wanted && connections.size() < first + together) {
      connections.emplace_back(server, static_cast<unsigned>(connections.size()), window);
      connections.back().request_upgrade(path, deflate);
    }
    for (std::size_t i = first; i < connections.size(); ++i) {
      do {
        limit.check("the server to accept a connection and answer its upgrade");
        connections[i].flush();
        connections[i].receive();
      } while (!connections[i].take_upgrade());
    }
  }
}

void close_connections(std::vector<connection>& connections, const deadline& limit) {
  std::string close_frame;
  append_masked(close_frame, frame_type::close, normal_closure, 0x5A5A5A5A);
  for (connection& each : connections)
    each.send(close_frame);
  for (connection& each : connections) {
    auto frame = each.next_frame();
    while (!frame || frame->type != frame_type::close) {
      if (each.ended()) throw protocol_failure("the server closed without a close frame");
      limit.check("a close frame");
      if (frame) each.consume(frame->size);
      each.flush();
      each.receive();
      frame = each.next_frame();
    }
    while (!each.ended()) {
      limit.check("the server to close its side");
      each.receive();
    }
  }
  connections.clear();
}

} // namespace vaquero::bench
