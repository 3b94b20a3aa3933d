// How a connection compresses: cowboy's deflate_opts. An aggregate: set it by name,
// `{.level = 9}`. A side that takes no context over costs a connection no memory, for then its
// stream is shared by all the connections of a loop.
#pragma once

#include <cstdint>

namespace vaquero {

/// zlib's strategies.
enum class deflate_strategy : std::uint8_t { standard, filtered, huffman_only, rle };

struct deflate_options {
  /// 0 (none) to 9 (smallest). (cowboy: best_compression, which is 9)
  int level = 6;

  /// 1 to 9: how much memory a compressor takes besides its window, 2^(mem_level + 9) bytes.
  int mem_level = 8;

  deflate_strategy strategy = deflate_strategy::standard;

  /// Whether our messages may refer to earlier ones. They become smaller, and the connection has a
  /// compressor of its own. A client that does not want it does not get it. (cowboy: takeover)
  bool server_context_takeover = false;

  /// Whether the client's messages may. The connection has a decompressor of its own then, even if
  /// the client says that it would do without. (cowboy: takeover)
  bool client_context_takeover = false;

  /// 8 to 15, the binary logarithm of a window in bytes: at most that far back a message refers. A
  /// client may ask for less; its own window can be limited only if it says so.
  int server_max_window_bits = 15;
  int client_max_window_bits = 15;

  bool operator==(const deflate_options&) const = default;
};

/// Throws std::invalid_argument that says what is wrong and what is allowed.
void check_deflate_options(const deflate_options& options);

} // namespace vaquero
