// Connections that do not read, and what their server is left with. Its kernel says what it holds at its
// end of each (/proc/net/tcp), ours what is unread: of what was sent to one, the server has the rest, as
// a queue, or has dropped it. Nobody is asked, so any server on this machine can be looked at. One thread.
#pragma once

#include "bench/support/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero::bench {

/// For each connection the bytes that the kernels hold: written by the server, and not read here. Nothing
/// where the server's end is not open: closed, being closed, or gone.
std::vector<std::optional<std::uint64_t>> held_by_kernels(const std::vector<connection>& of,
                                                          const sockaddr_in& server);

class stalled_connections {
 public:
  /// Opens so many at `path`.
  void open(const sockaddr_in& server, std::string_view path, std::size_t count,
            const deadline& limit);

  /// Looks at all of them. `sent`: bytes that were meant for each so far.
  void look(std::uint64_t sent);

  /// Reads what there is for each of them, until this message comes. One that ends, or gets a close frame,
  /// before that counts as closed.
  void catch_up(std::string_view last, const deadline& limit);

  // What the last look, or the catching up, saw.
  std::size_t closed() const { return closed_; }
  double kernel_bytes() const { return kernel_bytes_; } // a median
  std::uint64_t server_bytes() const {
    return server_bytes_;
  } // the least of all, 0 for a closed one
  /// Why they do not leave their server with so many bytes each; empty if they do.
  std::string fault(std::uint64_t server_bytes) const;

 private:
  sockaddr_in server_{};
  std::vector<connection> connections_;
  std::size_t closed_ = 0;
  double kernel_bytes_ = 0;
  std::uint64_t server_bytes_ = 0;
};

} // namespace vaquero::bench
