// Closed-loop echo load: every connection sends `depth` messages in one write, awaits all their
// echoes, verifies each byte, and goes round again. One thread, spinning.
#pragma once

#include "bench/support/connection.hpp"
#include "bench/support/deflate.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace vaquero::bench {

struct echo_load {
  std::size_t size = 16;
  std::size_t depth = 1;
  bool deflate = false; // JSON, compressed both ways
};

/// When connections stop going round: what is in flight then is still awaited.
struct load_limit {
  std::uint64_t rounds = UINT64_MAX; // of each connection
  std::chrono::nanoseconds time = std::chrono::hours(1);
};

class echo_client {
 public:
  /// The connections are open, stay open, and outlive it.
  echo_client(std::vector<connection>& connections, const deadline& limit);

  /// Returns the number of messages that were echoed. Throws protocol_failure for a wrong echo.
  std::uint64_t run(const echo_load& load, const load_limit& until);

 private:
  struct progress {
    std::uint64_t first = 0; // sequence number of the round's first message
    std::size_t echoed = 0;
    std::uint64_t rounds = 0;
    bool in_round = false;
    bool writable_awaited = false;
  };

  void send_round(std::size_t index, const echo_load& load);
  void receive(std::size_t index, const echo_load& load);
  void start_payload(const echo_load& load);
  void verify(std::string_view payload, std::uint64_t sequence, std::size_t size);
  std::string_view payload_of(std::uint64_t sequence, std::size_t size);
  void follow_unsent(std::size_t index);

  std::vector<connection>& connections_;
  deadline limit_;
  epoll_set set_;
  std::vector<progress> progress_;
  std::uint64_t sequence_ = 0;
  std::uint32_t key_ = 0x9E3779B9;
  std::string payload_;
  std::size_t number_at_ = 0; // where in the payload the sequence number stands
  std::string burst_;
  message_codec codec_;
};

} // namespace vaquero::bench
