// The messages of an echo load: some that differ from each other, framed and masked ahead, so that to send
// is to send bytes that lie there, and to verify is to compare. Message N is the one of N modulo their count.
#pragma once

#include "bench/suite/message_reader.hpp"
#include "bench/support/deflate.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero::bench {

/// Text of `size` bytes that begins with the number, in 16 hexadecimal digits or as many as fit. To be
/// compressed it goes on as ticks in JSON; else it is filled up with one letter.
std::string numbered_text(std::uint64_t number, std::size_t size, bool is_compressible);

class message_set {
 public:
  message_set(std::size_t size, bool compression);

  /// The frames from message `first` on, `count` of them or as many as lie side by side, and how many.
  struct piece {
    std::string_view bytes;
    std::size_t count;
  };
  piece frames(std::uint64_t first, std::size_t count) const;

  /// Throws protocol_failure unless it is message `number`.
  void verify(std::uint64_t number, const incoming& echo);

 private:
  std::vector<std::string> payloads_;
  std::vector<std::string> echoes_; // compressed, as the server sent them when they were verified
  std::string frames_;              // of all messages, twice
  std::vector<std::size_t> begins_; // of each frame, and the end of the last
  message_codec codec_;
};

} // namespace vaquero::bench
