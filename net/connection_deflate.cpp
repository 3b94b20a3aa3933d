// Compression: what the handshake agreed on, and the messages that go through it.
#include "net/connection_parts.hpp"
#include "net/websocket/deflate_pool.hpp"

namespace vaquero {

std::optional<deflate_agreement> connection::negotiate(const websocket_options& options) const {
  if (!options.compress) return {};
  auto deflate = options.deflate;
  // A message that a policy drops would be missing in the client's context.
  if (options.queue_policy != queue_policy::close) deflate.server_context_takeover = false;
  return negotiate_deflate(rare_->opening->offer.extensions, deflate);
}

void connection::begin_compression(const deflate_agreement& agreed) {
  deflate_window_ = static_cast<std::uint8_t>(agreed.server_window_bits) & 0x0F;
  if (!agreed.server_context_takeover && !agreed.client_context_takeover) return;
  auto own = std::make_unique<deflate_contexts>();
  if (agreed.server_context_takeover)
    own->out = std::make_unique<deflater>(options().deflate, agreed.server_window_bits, true);
  if (agreed.client_context_takeover)
    own->in = std::make_unique<inflater>(agreed.client_window_bits, true);
  rare().contexts = std::move(own);
  home_loop().memory().change(0, rare_->contexts_bytes());
}

void connection::command_deflate(bool on) {
  if (is_busy_) return note([on](connection& self) { self.command_deflate(on); });
  is_deflating_ = on;
}

// The inflated message stays in the loop's buffer while its callback runs. A blocking one gets a copy.
void connection::handle_compressed(const decode_event& event) {
  auto& pool = home_loop().deflating();
  const bool has_own = rare_ && rare_->contexts && rare_->contexts->in;
  auto& stream = has_own ? *rare_->contexts->in : pool.decompressor();
  auto& message = pool.inflated();
  const inflate_limits limits{.max_size = options().max_frame_size,
                              .check_text = options().validate_utf8 && event.type == opcode::text};
  if (const auto error = stream.inflate(event.payload, limits, message))
    protocol_error(*error);
  else
    handle_frame(event.type, message.bytes());
  message.clear(deflate_pool::kept_capacity_max);
}

// Replaces both by the compressed message, which lies in the loop's buffer until the next one.
void connection::deflate_if_due(opcode& type, std::string_view& data) {
  if (!is_deflating_ || is_control(type)) return;
  if (data.empty() || data.size() < options().compress_min_size) return;
  auto& pool = home_loop().deflating();
  auto& message = pool.deflated();
  message.clear(deflate_pool::kept_capacity_max);
  const bool has_own = rare_ && rare_->contexts && rare_->contexts->out;
  auto& stream =
      has_own ? *rare_->contexts->out : pool.compressor(options().deflate, deflate_window_);
  stream.deflate(data, message);
  // With a context the message is part of it, and has to arrive as it is.
  if (!has_own && message.size() >= data.size()) return;
  type = with_rsv1(type);
  data = text_of(message.bytes());
}

} // namespace vaquero
