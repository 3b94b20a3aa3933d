// The load of whole lives: connect, upgrade, one verified echo, close frames both ways, and the end
// of the TCP connection, which the server begins (RFC 6455 section 7.1.1). One thread, spinning.
#pragma once

#include "bench/support/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace vaquero::bench {

struct cycle_limit {
  std::uint64_t cycles = UINT64_MAX;
  std::chrono::nanoseconds time = std::chrono::hours(1);
};

class cycle_client {
 public:
  /// `concurrency` connections live at a time.
  cycle_client(const sockaddr_in& server, std::string path, std::size_t concurrency,
               const deadline& limit);

  /// Returns the number of whole cycles. Throws protocol_failure when one goes wrong.
  std::uint64_t run(const cycle_limit& until);

 private:
  enum class step { upgrade, echo, close, end };

  struct life {
    connection socket;
    step awaited = step::upgrade;
    std::string message;
  };

  life begin();
  void start(std::size_t slot);
  /// Whether the life in this slot is over.
  bool advance(std::size_t slot);
  void take_echo(life& own);
  void take_close(life& own);

  sockaddr_in server_;
  std::string path_;
  deadline limit_;
  epoll_set set_;
  std::size_t concurrency_;
  std::vector<life> lives_;
  std::uint64_t begun_ = 0;
};

} // namespace vaquero::bench
