#include "net/websocket/frame_decoder.hpp"

#include "net/websocket/close_code.hpp"
#include "net/websocket/detail/payload_buffer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

namespace vaquero {
namespace {

using kind = decode_event::kind;

constexpr std::size_t longest_header = 14; // two bytes, a length of eight, a key of four
constexpr std::uint64_t longest_control = 125;

struct frame_header {
  opcode op = opcode::continuation;
  bool fin = false;
  bool rsv1 = false;
  bool masked = false;
  std::uint8_t size = 0; // of the header itself
  std::uint32_t key = 0;
  std::uint64_t payload_size = 0;
};

enum class header_status : std::uint8_t { incomplete, complete, badframe, badsize };

/// The data message that a frame would continue.
struct open_message {
  bool begun = false;
  std::uint64_t size = 0;
};

/// Whether the first two bytes of a frame may stand where they do (RFC 6455 sections 5.2, 5.4
/// and 5.5).
bool may_begin(std::uint8_t first, std::uint8_t second, const decode_options& options, bool begun) {
  const auto op = static_cast<opcode>(first & 0x0F);
  const bool fin = (first & 0x80) != 0;
  const bool rsv1 = (first & 0x40) != 0;
  const bool masked = (second & 0x80) != 0;
  if ((first & 0x30) != 0 || masked != (options.from == peer_role::client)) return false;
  switch (op) {
  case opcode::continuation: return begun && !rsv1;
  case opcode::text:
  case opcode::binary: return !begun && (!rsv1 || options.allow_rsv1);
  case opcode::close:
  case opcode::ping:
  case opcode::pong: return fin && !rsv1 && (second & 0x7F) <= longest_control;
  }
  return false;
}

std::uint64_t load_network_order(const std::byte* at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | std::to_integer<std::uint64_t>(at[i]);
  return value;
}

/// Reads the header that `bytes` begins with. Every rule is applied as soon as the bytes that it
/// needs are there, so the outcome does not depend on how the stream is cut.
header_status parse_header(std::span<const std::byte> bytes, const decode_options& options,
                           open_message message, frame_header& header) {
  if (bytes.size() < 2) return header_status::incomplete;
  const auto first = std::to_integer<std::uint8_t>(bytes[0]);
  const auto second = std::to_integer<std::uint8_t>(bytes[1]);
  if (!may_begin(first, second, options, message.begun)) return header_status::badframe;

  std::size_t size = 2;
  std::uint64_t payload_size = second & 0x7F;
  if (payload_size >= 126) {
    const std::size_t length_size = payload_size == 126 ? 2 : 8;
    const std::uint64_t smallest = payload_size == 126 ? 126 : 0x10000;
    size += length_size;
    if (bytes.size() < size) return header_status::incomplete;
    payload_size = load_network_order(bytes.data() + 2, length_size);
    if (payload_size < smallest || payload_size >> 63 != 0) return header_status::badframe;
  }
  header.op = static_cast<opcode>(first & 0x0F);
  if (!is_control(header.op) && (message.size > options.max_frame_size ||
                                 payload_size > options.max_frame_size - message.size))
    return header_status::badsize;

  header.masked = (second & 0x80) != 0;
  if (header.masked) {
    size += 4;
    if (bytes.size() < size) return header_status::incomplete;
    header.key = load_masking_key(bytes.data() + size - 4);
  }
  header.fin = (first & 0x80) != 0;
  header.rsv1 = (first & 0x40) != 0;
  header.size = static_cast<std::uint8_t>(size);
  header.payload_size = payload_size;
  return header_status::complete;
}

std::span<std::byte> take(std::span<std::byte>& input, std::uint64_t size) {
  const auto taken = input.first(static_cast<std::size_t>(size));
  input = input.subspan(taken.size());
  return taken;
}

bool is_utf8(std::span<const std::byte> bytes) {
  return is_valid_utf8({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

decode_event failed(decode_error error) { return {.what = kind::error, .error = error}; }

decode_event close_event(std::span<std::byte> payload, const decode_options& options) {
  if (payload.empty()) return {.what = kind::close, .type = opcode::close};
  if (payload.size() == 1) return failed(decode_error::badframe);
  const auto code = static_cast<std::uint16_t>(load_network_order(payload.data(), 2));
  if (!is_valid_close_code(code)) return failed(decode_error::badframe);
  const auto reason = payload.subspan(2);
  if (options.validate_utf8 && !is_utf8(reason)) return failed(decode_error::badencoding);
  return {.what = kind::close, .type = opcode::close, .close_code = code, .payload = reason};
}

decode_event control_event(opcode op, std::span<std::byte> payload, const decode_options& options) {
  if (op == opcode::close) return close_event(payload, options);
  return {.what = op == opcode::ping ? kind::ping : kind::pong, .type = op, .payload = payload};
}

/// A frame that is an event by itself and lies in the input as a whole: nothing has to be copied.
decode_event event_in_place(const frame_header& frame, std::span<std::byte> payload,
                            const decode_options& options) {
  if (frame.masked) apply_mask(payload, frame.key);
  if (is_control(frame.op)) return control_event(frame.op, payload, options);
  if (frame.op == opcode::text && options.validate_utf8 && !frame.rsv1 && !is_utf8(payload))
    return failed(decode_error::badencoding);
  return {.what = kind::message, .type = frame.op, .rsv1 = frame.rsv1, .payload = payload};
}

} // namespace

/// What is incomplete: a header, a frame's payload, a fragmented message, or the last two at once
/// when a control frame stands between fragments.
struct frame_decoder::partial {
  enum class stage : std::uint8_t { header, payload, delivered };

  header_status read_header(std::span<std::byte>& input, const decode_options& options,
                            frame_header& header);
  void begin_payload(const frame_header& header, const decode_options& options);
  std::optional<decode_event> read_payload(std::span<std::byte>& input,
                                           const decode_options& options);
  std::optional<decode_event> end_payload(const decode_options& options);

  open_message message_so_far() const { return {message_begun, message.size()}; }

  stage at = stage::header;
  bool message_begun = false;
  opcode type = opcode::continuation; // of the message
  bool rsv1 = false;                  // of the message
  bool check_text = false;            // of the message
  utf8_validator text;
  std::uint8_t header_held = 0;
  std::array<std::byte, longest_header> header_bytes;
  frame_header frame;
  std::uint64_t arrived = 0; // of the frame's payload
  detail::payload_buffer message;
  detail::payload_buffer control;
};

header_status frame_decoder::partial::read_header(std::span<std::byte>& input,
                                                  const decode_options& options,
                                                  frame_header& header) {
  const std::size_t copied = std::min(input.size(), longest_header - header_held);
  if (copied > 0) std::memcpy(header_bytes.data() + header_held, input.data(), copied);
  const std::span<const std::byte> seen(header_bytes.data(), header_held + copied);
  const auto status = parse_header(seen, options, message_so_far(), header);
  if (status == header_status::incomplete) {
    header_held = static_cast<std::uint8_t>(seen.size());
    input = {};
  } else if (status == header_status::complete) {
    take(input, header.size - header_held);
    header_held = 0;
  }
  return status;
}

void frame_decoder::partial::begin_payload(const frame_header& header,
                                           const decode_options& options) {
  at = stage::payload;
  frame = header;
  arrived = 0;
  if (is_control(header.op) || header.op == opcode::continuation) return;
  message_begun = true;
  type = header.op;
  rsv1 = header.rsv1;
  check_text = header.op == opcode::text && options.validate_utf8 && !header.rsv1;
}

/// Takes what the input has of the frame's payload. No event: the frame was a fragment, and the
/// next one may follow.
std::optional<decode_event> frame_decoder::partial::read_payload(std::span<std::byte>& input,
                                                                 const decode_options& options) {
  const std::uint64_t lacking = frame.payload_size - arrived;
  const auto part = take(input, std::min<std::uint64_t>(input.size(), lacking));
  if (frame.masked) apply_mask(part, frame.key, static_cast<std::size_t>(arrived % 4));
  if (is_control(frame.op)) {
    control.append(part, frame.payload_size);
  } else {
    if (check_text && !text.feed(part)) return failed(decode_error::badencoding);
    message.append(part, frame.fin ? message.size() + lacking : options.max_frame_size);
  }
  arrived += part.size();
  if (arrived < frame.payload_size) return decode_event{};
  return end_payload(options);
}

std::optional<decode_event> frame_decoder::partial::end_payload(const decode_options& options) {
  at = frame.fin ? stage::delivered : stage::header;
  if (is_control(frame.op)) return control_event(frame.op, control.bytes(), options);
  if (!frame.fin) return std::nullopt;
  message_begun = false;
  if (check_text && !text.complete()) return failed(decode_error::badencoding);
  return decode_event{
      .what = kind::message, .type = type, .rsv1 = rsv1, .payload = message.bytes()};
}

void frame_decoder::release_partial::operator()(partial* held) const { delete held; }

std::size_t frame_decoder::bytes_held() const {
  if (!partial_) return 0;
  return sizeof(partial) + partial_->message.capacity() + partial_->control.capacity();
}

void frame_decoder::release_delivered() {
  if (!partial_->message_begun) {
    partial_.reset();
    return;
  }
  partial_->control = {};
  partial_->at = partial::stage::header;
}

decode_event frame_decoder::next_of_any_kind(std::span<std::byte>& input,
                                             const decode_options& options) {
  if (partial_ && partial_->at == partial::stage::delivered) release_delivered();
  const decode_event event = next_event(input, options);
  if (event.what == kind::error) partial_.reset();
  return event;
}

decode_event frame_decoder::next_event(std::span<std::byte>& input, const decode_options& options) {
  for (;;) {
    if (!partial_ || partial_->at == partial::stage::header) {
      if (input.empty()) return {};
      frame_header header;
      auto status = header_status::incomplete;
      if (!partial_) {
        status = parse_header(input, options, {}, header);
        if (status == header_status::complete) take(input, header.size);
      }
      if (status == header_status::incomplete) {
        if (!partial_) partial_.reset(new partial);
        status = partial_->read_header(input, options, header);
      }
      if (status == header_status::incomplete) return {};
      if (status == header_status::badframe) return failed(decode_error::badframe);
      if (status == header_status::badsize) return failed(decode_error::badsize);

      const bool whole = header.fin && header.op != opcode::continuation;
      if (whole && input.size() >= header.payload_size) {
        if (partial_ && !partial_->message_begun) partial_.reset();
        return event_in_place(header, take(input, header.payload_size), options);
      }
      if (!partial_) partial_.reset(new partial);
      partial_->begin_payload(header, options);
    }
    if (const auto event = partial_->read_payload(input, options)) return *event;
  }
}

} // namespace vaquero
