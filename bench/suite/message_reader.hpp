// Puts a server's bytes together to messages: frames in pieces, fragments, any length up to a bound. It is
// not the product's decoder, on purpose: what verifies a server must not share its mistakes.
#pragma once

#include "bench/support/frame.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vaquero::bench {

/// The largest message that is awaited; more is a failure of the server.
inline constexpr std::size_t message_size_max = 64 * 1024 * 1024;

/// A whole message, or a control frame. The payload lives until the next one is read.
struct incoming {
  frame_type type;
  std::string_view payload;
  bool is_compressed = false; // RSV1 was set: the payload is still compressed
};

class message_reader {
 public:
  explicit message_reader(bool may_be_compressed = false) : may_be_compressed_(may_be_compressed) {}

  /// Calls `take` for each that these bytes complete; the rest is kept. Throws protocol_failure for what
  /// RFC 6455 section 5.2 forbids a server, and for a message beyond message_size_max.
  template <class Take>
  void read(std::string_view bytes, Take&& take) {
    if (rest_.empty()) {
      rest_.assign(bytes.substr(consume(bytes, take)));
    } else {
      rest_.append(bytes);
      const auto used = consume(rest_, take);
      rest_.erase(0, used);
    }
  }

 private:
  struct frame {
    std::uint8_t first;
    std::string_view payload;
    std::size_t size;
  };

  static std::optional<frame> next(std::string_view bytes);

  template <class Take>
  std::size_t consume(std::string_view bytes, Take& take) {
    std::size_t used = 0;
    while (auto found = next(bytes.substr(used))) {
      used += found->size;
      if (auto message = complete(*found)) take(*message);
    }
    return used;
  }

  std::optional<incoming> complete(const frame& part);

  std::string rest_;      // of an incomplete frame
  std::string fragments_; // of an incomplete message
  std::optional<incoming> begun_;
  bool may_be_compressed_;
};

} // namespace vaquero::bench
