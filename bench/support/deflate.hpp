// Messages as permessage-deflate has them (RFC 7692), each by itself. Over zlib directly: the client
// shares no code with the product.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace vaquero::bench {

/// What the client offers, so that every server does the same work: neither side keeps a context.
inline constexpr const char* deflate_offer =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

class message_codec {
 public:
  message_codec();
  ~message_codec();

  /// The payload of a frame with RSV1 set.
  std::string compress(std::string_view message);

  /// Throws protocol_failure for what is not DEFLATE.
  std::string decompress(std::string_view payload);

 private:
  std::unique_ptr<z_stream_s> out_;
  std::unique_ptr<z_stream_s> in_;
};

} // namespace vaquero::bench
