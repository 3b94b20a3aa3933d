// Decodes the frames of RFC 6455 section 5 into messages and control frames. It does no I/O: the
// caller brings bytes and pulls one event at a time, and may stop between two events and keep the
// rest of its input for later. A decoder belongs to one stream; nothing in it is shared, so
// different decoders may run on different threads.
#pragma once

#include "net/websocket/mask.hpp"
#include "net/websocket/opcode.hpp"
#include "net/websocket/utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace vaquero {

/// What a peer did wrong; cowboy's words. The close codes are 1002, 1007 and 1009.
enum class decode_error : std::uint8_t { badframe, badencoding, badsize };

/// Who sends what is decoded: a client's frames must be masked, a server's must not (RFC 6455
/// section 5.1).
enum class peer_role : std::uint8_t { client, server };

struct decode_options {
  /// In bytes, for one data frame and for a reassembled message; one more is badsize. Control
  /// frames are exempt.
  std::uint64_t max_frame_size = 1'000'000;
  /// Whether text messages and close reasons must be UTF-8.
  bool validate_utf8 = true;
  peer_role from = peer_role::client;
  /// Whether a data message may have RSV1 set, because permessage-deflate was negotiated (RFC 7692
  /// section 6). Such a message is compressed, so its UTF-8 is left to the caller.
  bool allow_rsv1 = false;
};

struct decode_event {
  enum class kind : std::uint8_t { need_more, message, ping, pong, close, error };

  kind what = kind::need_more;
  /// Of a message: text or binary.
  opcode type = opcode::continuation;
  /// Of a message: its first frame had RSV1 set.
  bool rsv1 = false;
  /// Of an error.
  decode_error error = decode_error::badframe;
  /// Of a close: 0 if the frame held no code.
  std::uint16_t close_code = 0;
  /// Of a message, ping or pong, unmasked; of a close: the reason.
  std::span<const std::byte> payload = {};
};

/// One pointer big: memory is held only while a frame or a fragmented message is incomplete.
class frame_decoder {
 public:
  /// Takes bytes from the front of `input`, which it shortens and may unmask in place, and returns
  /// one event. The event's payload is valid until the next call, or until the caller reuses the
  /// input's memory.
  /// - `need_more` means that all of `input` was taken. Call until it comes: that call also frees
  ///   the memory of a message that had to be put together.
  /// - After `error` the decoder must not be used again, and what is left of `input` means nothing.
  /// The options may change between two calls; a change acts from the next frame.
  decode_event next(std::span<std::byte>& input, const decode_options& options) {
    if (!partial_) {
      if (input.empty()) return {};
      if (input.size() >= short_header && options.from == peer_role::client) {
        const auto first = static_cast<unsigned>(input[0]);
        // Without the mask bit, this wraps around to a size that is not short.
        const std::size_t size = static_cast<unsigned>(input[1]) - 0x80U;
        const bool plain_message = first == final_text || first == final_binary;
        if (plain_message && size <= short_payload && size <= input.size() - short_header &&
            size <= options.max_frame_size)
          return short_message(input, static_cast<opcode>(first & 0x0F), size, options);
      }
    }
    return next_of_any_kind(input, options);
  }

  /// Whether it stands between two messages and holds nothing, not even what it delivered last.
  bool idle() const { return !partial_; }

  /// The bytes of heap it holds now.
  std::size_t bytes_held() const;

 private:
  struct partial;
  struct release_partial {
    void operator()(partial* held) const;
  };

  static constexpr std::size_t short_header = 6; // two bytes and the masking key
  static constexpr std::size_t short_payload = 125;
  static constexpr unsigned final_text = 0x81;
  static constexpr unsigned final_binary = 0x82;

  // Most messages of most connections come here, so it stays inline and free of everything that
  // others need.
  static decode_event short_message(std::span<std::byte>& input, opcode type, std::size_t size,
                                    const decode_options& options) {
    const std::uint32_t key = load_masking_key(input.data() + 2);
    const std::span<std::byte> payload = input.subspan(short_header, size);
    input = input.subspan(short_header + size);
    if (!apply_mask_to_whole(payload, key) && type == opcode::text && options.validate_utf8 &&
        !is_valid_utf8({reinterpret_cast<const char*>(payload.data()), size}))
      return {.what = decode_event::kind::error, .error = decode_error::badencoding};
    return {.what = decode_event::kind::message, .type = type, .payload = payload};
  }

  decode_event next_of_any_kind(std::span<std::byte>& input, const decode_options& options);
  decode_event next_event(std::span<std::byte>& input, const decode_options& options);
  void release_delivered();

  std::unique_ptr<partial, release_partial> partial_;
};
static_assert(sizeof(frame_decoder) == 8);

} // namespace vaquero
