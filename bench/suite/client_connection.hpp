// One connection of the load: its socket, how far its handshake is, and what it could not send yet. It
// waits for nothing: the worker that holds it says when to go on. One thread.
#pragma once

#include "bench/suite/message_reader.hpp"
#include "bench/suite/target.hpp"
#include "bench/support/unique_fd.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero::bench {

using load_clock = std::chrono::steady_clock;

/// What the connections of a run have in common.
struct connection_options {
  target server;
  bool compression = false;         // the server has to agree
  std::vector<std::string> headers; // "Name: value", each a line of the request
};

class client_connection {
 public:
  enum class stage { unused, connecting, upgrading, open, closing };

  /// Begins to connect. On loopback `source` picks one of 200 addresses from 127.0.0.2 on, of which each
  /// has 28,000 ports. Throws std::runtime_error when no socket can be had.
  void connect(const connection_options& options, std::uint32_t source);
  /// The socket can be written to: sends the request. Throws protocol_failure where nobody listens.
  void request_upgrade(const connection_options& options);
  /// Takes bytes of the response; the bytes behind it once it is complete, nothing before. Throws
  /// protocol_failure unless it is the 101 that RFC 6455 section 4.2.2 asks for.
  std::optional<std::string> take_upgrade(std::string_view bytes,
                                          const connection_options& options);

  /// Sends what can be sent now, and keeps the rest.
  void send(std::string_view bytes);
  void flush();
  bool has_unsent() const { return !unsent_.empty(); }

  /// Sends a close frame of 1000.
  void begin_close();
  /// Closes the socket without a word; connect() may follow.
  void drop();

  int fd() const { return fd_.get(); }
  stage at() const { return stage_; }

  std::uint32_t index = 0; // among the worker's
  message_reader reader;
  bool awaits_room = false; // the worker asks epoll for EPOLLOUT

  // The workload's: numbers of messages, and a time of its own.
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  load_clock::time_point since{};

 private:
  unique_fd fd_;
  stage stage_ = stage::unused;
  std::string response_; // what has come of it while upgrading
  std::string unsent_;
};

} // namespace vaquero::bench
