// A client that is one blocking socket and the bytes that the test gives it: it shares no code with the
// server. Whatever takes longer than the patience of a test throws std::runtime_error.
#pragma once

#include "tests/support/event_queue.hpp"
#include "tests/support/raw_frame.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace vaquero::testing {

inline std::string upgrade_request(std::string_view path, std::string_view version = "13") {
  return "GET " + std::string{path} +
         " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: " +
         std::string{version} + "\r\n\r\n";
}

/// A masked frame, as a client sends it.
inline std::string client_frame(int op, std::string payload, bool fin = true) {
  return raw_frame{.op = op, .fin = fin, .payload = std::move(payload)}.bytes();
}
inline std::string client_text(std::string payload) { return client_frame(1, std::move(payload)); }

inline std::string close_payload(int code, std::string_view reason = {}) {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)} +
         std::string{reason};
}
inline std::string client_close(int code, std::string_view reason = {}) {
  return client_frame(8, close_payload(code, reason));
}

struct server_frame {
  int op = 0;
  bool fin = true;
  std::string payload;
  bool rsv1 = false;

  bool operator==(const server_frame&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const server_frame& frame) {
  out << "op " << frame.op << (frame.rsv1 ? " compressed" : "")
      << (frame.fin ? ": " : ", not the last: ");
  for (unsigned char c : frame.payload.substr(0, 40))
    c >= 32 && c < 127 ? out << c : out << '\\' << static_cast<int>(c);
  return out << " (" << frame.payload.size() << " bytes)";
}

inline server_frame text_frame(std::string payload) { return {1, true, std::move(payload)}; }
inline server_frame close_frame(int code, std::string_view reason = {}) {
  return {8, true, close_payload(code, reason)};
}
inline server_frame empty_close_frame() { return {8, true, ""}; }

class raw_client {
 public:
  /// `receive_buffer`: SO_RCVBUF, 0 for the system's.
  explicit raw_client(std::uint16_t port, int receive_buffer = 0)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval bound{.tv_sec = patience.count(), .tv_usec = 0};
    const int on = 1;
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (receive_buffer != 0)
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error{std::string{"connect: "} + std::strerror(errno)};
  }

  /// Connects and upgrades; `early` is sent in the same segment as the request.
  raw_client(std::uint16_t port, std::string_view path, std::string_view early = {},
             int receive_buffer = 0)
      : raw_client(port, receive_buffer) {
    send(upgrade_request(path) + std::string{early});
    if (auto head = read_head(); !head.starts_with("HTTP/1.1 101"))
      throw std::runtime_error{"no 101 but " + head};
  }

  raw_client(raw_client&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
  raw_client& operator=(raw_client&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(received_, other.received_);
    return *this;
  }
  ~raw_client() { close(); }

  void send(std::string_view bytes) {
    if (!try_send(bytes)) throw std::runtime_error{std::string{"send: "} + std::strerror(errno)};
  }

  /// False if the server has reset the connection.
  bool try_send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  /// What the kernel takes at once; false if it takes nothing.
  bool send_some(std::string_view bytes) {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
  }

  void send_bytewise(std::string_view bytes) {
    for (const char& byte : bytes)
      send({&byte, 1});
  }

  void shut_down_writing() { shutdown(fd_, SHUT_WR); }

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  /// Leaves with a reset instead of a FIN.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

  /// Up to and with the empty line.
  std::string read_head() {
    for (std::size_t end = 0; (end = received_.find("\r\n\r\n")) == std::string::npos;)
      require_more();
    return take(received_.find("\r\n\r\n") + 4);
  }

  /// The status of an HTTP response, which is read with its body, or to the end of the stream if that
  /// comes.
  int read_status() {
    const auto head = read_head();
    if (!head.starts_with("HTTP/1.1 ")) return 0;
    if (head.find("Connection: close") != head.npos)
      read_rest();
    else
      read_body(head);
    return std::stoi(head.substr(9, 3));
  }

  /// The body that a response's head promises.
  std::string read_body(std::string_view head) {
    constexpr std::string_view name = "Content-Length: ";
    const auto at = head.find(name);
    if (at == head.npos) return {};
    const auto size = std::stoull(std::string{head.substr(at + name.size(), 20)});
    require(size);
    return take(size);
  }

  server_frame read_frame() {
    require(2);
    const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(received_[at]); };
    if (byte(0) & 0x30) throw std::runtime_error{"the server set a reserved bit"};
    if (byte(1) & 0x80) throw std::runtime_error{"the server masked its frame"};
    server_frame frame{.op = byte(0) & 0x0F,
                       .fin = (byte(0) & 0x80) != 0,
                       .payload = {},
                       .rsv1 = (byte(0) & 0x40) != 0};
    std::uint64_t size = byte(1);
    const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    require(2 + more);
    if (more != 0) size = 0;
    for (std::size_t i = 0; i < more; ++i)
      size = size << 8 | byte(2 + i);
    require(2 + more + size);
    take(2 + more);
    frame.payload = take(size);
    return frame;
  }

  enum class ending { eof, reset };

  /// How the stream ends, whatever comes before that.
  ending read_end() {
    while (true) {
      const auto count = read_more();
      received_.clear();
      if (count <= 0) return count == 0 ? ending::eof : ending::reset;
    }
  }

  /// Bytes that its kernel may hold unread.
  std::size_t receive_buffer_size() const {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    getsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, &size);
    return static_cast<std::size_t>(bytes);
  }

  /// Waits, without reading, until the server has reset the connection; false if it does not.
  bool wait_for_reset() const {
    pollfd watched{.fd = fd_, .events = 0, .revents = 0}; // errors and hang-ups are always told
    return poll(&watched, 1, static_cast<int>(patience.count()) * 1000) == 1;
  }

  /// Whether anything comes in this time, be it the end.
  bool answers_within(std::chrono::milliseconds time) const {
    pollfd watched{.fd = fd_, .events = POLLIN, .revents = 0};
    return poll(&watched, 1, static_cast<int>(time.count())) == 1;
  }

  /// All there is until the end of the stream, which must not be a reset.
  std::string read_rest() {
    while (true) {
      const auto count = read_more();
      if (count < 0) throw std::runtime_error{"the connection was reset"};
      if (count == 0) return take(received_.size());
    }
  }

 private:
  ssize_t read_more() {
    char buffer[16 * 1024];
    const auto count = recv(fd_, buffer, sizeof buffer, 0);
    if (count > 0) received_.append(buffer, static_cast<std::size_t>(count));
    if (count < 0 && errno != ECONNRESET && errno != EPIPE)
      throw std::runtime_error{std::string{"recv: "} + std::strerror(errno)};
    return count;
  }
  void require_more() {
    const auto count = read_more();
    if (count <= 0) throw std::runtime_error{count == 0 ? "the stream ended" : "it was reset"};
  }
  void require(std::size_t size) {
    while (received_.size() < size)
      require_more();
  }
  std::string take(std::size_t size) {
    auto taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }

  int fd_;
  std::string received_;
};

} // namespace vaquero::testing
