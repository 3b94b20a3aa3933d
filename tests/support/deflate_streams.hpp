// Compressed messages made and read by zlib itself, so that a test shares no code with what it tests.
#pragma once

#include "net/websocket/detail/payload_buffer.hpp"

#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <zlib.h>

namespace vaquero::testing {

inline const std::string deflate_tail{"\0\0\xFF\xFF", 4};

inline std::string_view text_of(detail::payload_buffer& buffer) {
  return {reinterpret_cast<const char*>(buffer.bytes().data()), buffer.size()};
}

/// A peer's compressor. It keeps its context; `forget` lets go of it.
class peer_deflater {
 public:
  explicit peer_deflater(int window_bits = 15, int level = 6) {
    deflateInit2(&stream_, level, Z_DEFLATED, -window_bits, 8, Z_DEFAULT_STRATEGY);
  }
  ~peer_deflater() { deflateEnd(&stream_); }
  peer_deflater(const peer_deflater&) = delete;
  peer_deflater& operator=(const peer_deflater&) = delete;

  void forget() { deflateReset(&stream_); }

  /// Whether it ends the stream (Z_FINISH) or flushes it, nothing is removed.
  std::string compress(std::string_view text, int flush = Z_SYNC_FLUSH) {
    std::string out(deflateBound(&stream_, text.size()) + 64, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream_, flush);
    out.resize(out.size() - stream_.avail_out);
    return out;
  }

  /// The payload of a message's frame.
  std::string message(std::string_view text) {
    auto out = compress(text);
    if (!out.ends_with(deflate_tail)) throw std::logic_error{"zlib has flushed nothing"};
    out.resize(out.size() - deflate_tail.size());
    return out;
  }

 private:
  z_stream stream_{};
};

/// A peer's decompressor with a window of exactly this size: it gets its output byte by byte, so that
/// whatever lies further back is gone.
class peer_inflater {
 public:
  explicit peer_inflater(int window_bits = 15) { inflateInit2(&stream_, -window_bits); }
  ~peer_inflater() { inflateEnd(&stream_); }
  peer_inflater(const peer_inflater&) = delete;
  peer_inflater& operator=(const peer_inflater&) = delete;

  void forget() { inflateReset(&stream_); }

  /// The message of a frame; throws std::runtime_error with what zlib says.
  std::string message(std::string_view payload) {
    std::string out;
    const auto all = std::string{payload} + deflate_tail;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(all.data()));
    stream_.avail_in = static_cast<uInt>(all.size());
    for (int status = Z_OK; status == Z_OK;) {
      Bytef byte = 0;
      stream_.next_out = &byte;
      stream_.avail_out = 1;
      status = ::inflate(&stream_, Z_SYNC_FLUSH);
      if (status != Z_OK && status != Z_BUF_ERROR)
        throw std::runtime_error{stream_.msg ? stream_.msg : "the stream has ended"};
      if (stream_.avail_out == 0) out += static_cast<char>(byte);
    }
    return out;
  }

 private:
  z_stream stream_{};
};

/// Text in which much repeats, up to `distance` bytes back.
inline std::string repetitive_text(std::size_t size, std::size_t distance, unsigned seed = 7692) {
  std::mt19937 random(seed);
  std::string out;
  while (out.size() < size) {
    if (out.size() > 8 && random() % 4 != 0) {
      const auto back = 1 + random() % std::min(distance, out.size());
      const auto begin = out.size() - back;
      out += out.substr(begin, 3 + random() % 60);
    } else {
      out += static_cast<char>('a' + random() % 26);
    }
  }
  out.resize(size);
  return out;
}

inline std::string random_bytes(std::size_t size, unsigned seed = 7692) {
  std::mt19937 random(seed);
  std::string out(size, '\0');
  for (auto& c : out)
    c = static_cast<char>(random());
  return out;
}

} // namespace vaquero::testing
