// What was published: made once, for all that get it on whatever thread, and for as long as it is kept.
#pragma once

#include "runtime/detail/heap_bytes.hpp"
#include "runtime/topic.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero {

class node;
class process;

/// Any thread.
class publication {
 public:
  publication(std::string_view topic_name, std::string_view of_key)
      : topic_(topic_name), key_(of_key) {}
  virtual ~publication() = default;

  /// As the publisher spelt it.
  const std::string& topic() const noexcept { return topic_; }
  /// Empty: none.
  const std::string& key() const noexcept { return key_; }

  /// What a process gets.
  virtual const caf::message& message() const = 0;

  /// Bytes of the object, and of what it carries elsewhere.
  virtual std::size_t size() const noexcept = 0;

  /// Bytes that it holds while it is on its way or kept, for bounds: with the blocks in which it lies, its name
  /// and its key.
  std::size_t held() const noexcept;

  /// Where a last value is kept it stands for none.
  virtual bool clears() const noexcept { return false; }

 private:
  std::string topic_;
  std::string key_;
};

/// Of `publish`.
class message_publication final : public publication {
 public:
  /// `content_bytes`: of the values, and of their heap.
  message_publication(std::string_view topic_name, std::string_view of_key, caf::message content,
                      std::size_t content_bytes)
      : publication(topic_name, of_key), content_(std::move(content)),
        content_bytes_(content_bytes) {}

  const caf::message& message() const override { return content_; }
  std::size_t size() const noexcept override {
    return sizeof(*this) + detail::block_bytes + content_bytes_;
  }

 private:
  caf::message content_;
  std::size_t content_bytes_;
};

/// A publication on its way to those who are subscribed. Whoever publishes fills in the first three, the
/// directory the rest; from then on any thread reads it.
struct posting {
  std::shared_ptr<const publication> what;
  caf::strong_actor_ptr sender;      // of a message
  const process* excepted = nullptr; // to be compared only: it may have ended

  std::uint64_t number = 0; // higher than that of any posting of this topic before it
  std::vector<std::shared_ptr<topic>> matched;
};

// On its way a publication has a posting with a list of topics; kept, it has a node of a map, which is about as
// large.
inline std::size_t publication::held() const noexcept {
  return size() + detail::heap_bytes(topic_) + detail::heap_bytes(key_) + sizeof(posting) +
         sizeof(std::shared_ptr<vaquero::topic>) + 3 * detail::block_bytes;
}

namespace detail {

/// Publishes it, in the name of the process that runs here, if one does.
void post(node& home, std::shared_ptr<const publication> what, caf::strong_actor_ptr sender,
          const publish_options& how);

} // namespace detail

} // namespace vaquero
