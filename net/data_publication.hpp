// What publish_data publishes, and the frames that it becomes: encoded once for each form in which
// connections take it, plain or compressed with what they agreed on.
#pragma once

#include "net/publish_data.hpp"
#include "net/websocket/deflate_options.hpp"
#include "runtime/publication.hpp"

#include <deque>
#include <mutex>
#include <span>

namespace vaquero {

class deflate_pool;

/// Throws std::invalid_argument for what send_data does not send.
void check_control_frame(std::string_view data, opcode type);
inline void check_frame(std::string_view data, opcode type) {
  if (type != opcode::text && type != opcode::binary) check_control_frame(data, type);
}

/// Any thread.
class data_publication final : public publication {
 public:
  data_publication(std::string_view topic_name, std::string_view data, const data_options& how);

  opcode type() const noexcept { return type_; }
  std::string_view data() const noexcept { return std::string_view{frame_}.substr(header_); }
  /// The whole frame, not compressed.
  std::string_view frame() const noexcept { return frame_; }

  /// Its `published_data`, made when it is first asked for.
  const caf::message& message() const override;
  std::size_t size() const noexcept override { return sizeof(*this) + detail::heap_bytes(frame_); }
  bool clears() const noexcept override { return data().empty(); }

 private:
  opcode type_;
  std::size_t header_;
  std::string frame_;
  mutable std::once_flag is_made_;
  mutable caf::message message_;
};

/// Frames one behind the other, as they are sent.
struct frame_batch {
  struct frame {
    opcode type; // with the bit that says that it is compressed
    std::size_t at;
    std::size_t payload_at;
    std::size_t end;
    std::string_view key;
  };

  std::string_view payload(const frame& of) const noexcept {
    return bytes.substr(of.payload_at, of.end - of.payload_at);
  }
  std::string_view encoded(const frame& of) const noexcept {
    return bytes.substr(of.at, of.end - of.at);
  }

  std::string_view bytes;
  std::vector<frame> frames;
  std::string storage; // of the bytes, unless they are a publication's
};

/// Publications that leave together, in every form that is asked for. On one thread; the publications
/// outlive it.
class frame_forms {
 public:
  /// How a connection compresses what it sends.
  struct compression {
    const deflate_options& options;
    std::size_t min_size;
    int window_bits;
  };

  explicit frame_forms(std::vector<const data_publication*> of);

  std::span<const data_publication* const> publications() const noexcept { return of_; }
  const frame_batch& plain() const noexcept { return plain_; }
  const frame_batch& compressed(const compression& how, deflate_pool& pool);

 private:
  struct compressed_form {
    deflate_options options;
    std::size_t min_size;
    int window_bits;
    frame_batch batch;
  };

  std::vector<const data_publication*> of_;
  frame_batch plain_;
  std::deque<compressed_form> compressed_; // stay where they are
};

} // namespace vaquero
