// A raw nonblocking client connection, and the epoll set that a spinning client serves many with.
// It waits for nothing itself: whoever holds it asks again when the set says that there is cause.
#pragma once

#include "bench/support/deadline.hpp"
#include "bench/support/frame.hpp"
#include "bench/support/unique_fd.hpp"

#include <netinet/in.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <vector>

namespace vaquero::bench {

/// How much the client's kernel takes in for who does not read. With `small`, a server that writes
/// to it is held up after about 50 KB instead of megabytes, as by a client on a bad line.
enum class receive_window { usual, small };

class connection {
 public:
  /// Begins to connect. `source` picks one of the addresses 127.0.0.2 and up, of which each has
  /// 28,000 ports. Throws std::runtime_error when no socket can be had.
  connection(const sockaddr_in& server, unsigned source,
             receive_window window = receive_window::usual);

  int fd() const { return fd_.get(); }
  /// Closes it without a word; nothing but destruction or assignment may follow.
  void shut() { fd_.reset(); }

  /// Sends what can be sent now and keeps the rest; flush() goes on with it.
  void send(std::string_view bytes);
  void flush();
  bool has_unsent() const { return !unsent_.empty(); }

  /// Reads once what there is. Throws protocol_failure for a connection that was reset.
  void receive();
  /// Whether the server has closed its side.
  bool ended() const { return ended_; }
  std::string_view unread() const { return {input_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes);

  /// Sends the upgrade request for `path`; `deflate`: the server has to agree to compression.
  void request_upgrade(std::string_view path, bool deflate = false);
  /// Consumes the response once it is complete; false until then. Throws protocol_failure unless
  /// it is the 101 that RFC 6455 section 4.2.2 asks for.
  bool take_upgrade();

  /// The next message or close frame, if it is complete. Pings are answered, pongs dropped.
  /// The caller consumes `size` bytes when it is done with it.
  std::optional<server_frame> next_frame();

 private:
  unique_fd fd_;
  std::string unsent_;
  std::vector<char> input_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  bool deflate_ = false;
};

/// Level-triggered. Each socket is known by the index it was added with.
class epoll_set {
 public:
  epoll_set();

  void add(const connection& socket, std::uint32_t index, bool writable = false);
  void change(const connection& socket, std::uint32_t index, bool writable);
  /// What is ready now, without waiting: the caller spins.
  std::span<epoll_event> ready();

 private:
  void control(int operation, const connection& socket, std::uint32_t index, bool writable);

  unique_fd fd_;
  std::vector<epoll_event> events_{512};
};

/// Opens `count` upgraded connections, a few at a time, and appends them.
void open_connections(std::vector<connection>& connections, const sockaddr_in& server,
                      std::string_view path, std::size_t count, const deadline& limit,
                      bool deflate = false, receive_window window = receive_window::usual);

/// Closes each with close frames both ways and waits until the server has closed its side.
void close_connections(std::vector<connection>& connections, const deadline& limit);

} // namespace vaquero::bench
