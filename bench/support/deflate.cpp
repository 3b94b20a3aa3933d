#include "bench/support/deflate.hpp"

#include "bench/support/frame.hpp"

#include <zlib.h>

namespace vaquero::bench {

namespace {

constexpr int raw_window = -15;
/// Most messages fit, and a larger room would take longer to clear than they to inflate.
constexpr std::size_t room_usual = 64 * 1024;
constexpr std::string_view tail{"\0\0\xFF\xFF", 4};

void give(z_stream& stream, std::string_view input, std::string& room) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(room.data());
  stream.avail_out = static_cast<uInt>(room.size());
}

} // namespace

message_codec::message_codec()
    : out_(std::make_unique<z_stream>()), in_(std::make_unique<z_stream>()) {
  constexpr int level = 6, memory_level = 8;
  if (deflateInit2(out_.get(), level, Z_DEFLATED, raw_window, memory_level, Z_DEFAULT_STRATEGY) !=
          Z_OK ||
      inflateInit2(in_.get(), raw_window) != Z_OK)
    throw std::bad_alloc();
}

message_codec::~message_codec() {
  deflateEnd(out_.get());
  inflateEnd(in_.get());
}

std::string message_codec::compress(std::string_view message) {
  deflateReset(out_.get());
  std::string room(deflateBound(out_.get(), message.size()) + 16, '\0');
  give(*out_, message, room);
  deflate(out_.get(), Z_SYNC_FLUSH);
  room.resize(room.size() - out_->avail_out - tail.size());
  return room;
}

std::string message_codec::decompress(std::string_view payload) {
  inflateReset(in_.get());
  std::string room(room_usual, '\0');
  const auto input = std::string(payload).append(tail);
  give(*in_, input, room);
  int status = inflate(in_.get(), Z_SYNC_FLUSH);
  if (in_->avail_out == 0) {
    room.resize(frame_payload_max);
    in_->next_out = reinterpret_cast<Bytef*>(room.data()) + room_usual;
    in_->avail_out = static_cast<uInt>(room.size() - room_usual);
    status = inflate(in_.get(), Z_SYNC_FLUSH);
  }
  if ((status != Z_OK && status != Z_BUF_ERROR) || in_->avail_in != 0)
    throw protocol_failure("an echo is not DEFLATE");
  room.resize(room.size() - in_->avail_out);
  return room;
}

} // namespace vaquero::bench
