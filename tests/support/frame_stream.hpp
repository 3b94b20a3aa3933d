// What the codec's tests and its fuzz target share: streams of frames, and a record of what a
// decoder makes of them.
#pragma once

#include "net/websocket/frame_decoder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero::testing {

/// One event with a copy of its payload, so that it outlives the decoder's next call.
struct recorded_event {
  decode_event::kind what = decode_event::kind::need_more;
  opcode type = opcode::continuation;
  bool rsv1 = false;
  decode_error error = decode_error::badframe;
  std::uint16_t close_code = 0;
  std::string payload = {};

  bool operator==(const recorded_event&) const = default;
};

inline recorded_event record(const decode_event& event) {
  return {event.what,
          event.type,
          event.rsv1,
          event.error,
          event.close_code,
          {reinterpret_cast<const char*>(event.payload.data()), event.payload.size()}};
}

inline std::ostream& operator<<(std::ostream& out, const recorded_event& event) {
  static constexpr const char* kinds[] = {"need_more", "message", "ping", "pong", "close", "error"};
  static constexpr const char* errors[] = {"badframe", "badencoding", "badsize"};
  out << kinds[static_cast<int>(event.what)] << '(' << to_string(event.type);
  if (event.rsv1) out << " rsv1";
  if (event.what == decode_event::kind::error) out << ' ' << errors[static_cast<int>(event.error)];
  return out << ' ' << event.close_code << " '" << event.payload.substr(0, 60) << "' "
             << event.payload.size() << ')';
}

/// A decoder and the events it has given, without need_more. It stops at an error, as its user
/// must.
struct decoding {
  decode_options options = {};
  frame_decoder decoder = {};
  std::vector<recorded_event> events = {};
  std::size_t most_held = 0;

  bool failed() const { return !events.empty() && events.back().what == decode_event::kind::error; }

  /// Decodes a copy of the bytes: in memory of exactly their size, so that a sanitizer sees a step
  /// beyond it.
  void feed(std::string_view bytes) {
    std::vector<char> memory(bytes.begin(), bytes.end());
    auto input = std::as_writable_bytes(std::span(memory));
    while (!failed()) {
      const auto event = decoder.next(input, options);
      most_held = std::max(most_held, decoder.bytes_held());
      if (event.what == decode_event::kind::need_more) break;
      events.push_back(record(event));
    }
  }
};

inline std::vector<recorded_event> decode(std::string_view bytes, decode_options options = {}) {
  decoding run{.options = options};
  run.feed(bytes);
  return run.events;
}

} // namespace vaquero::testing
