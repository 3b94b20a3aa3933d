// The right to answer one request, apart from the callback that got it: Erlang's From. Any thread.
#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>

#include <utility>
#include <vector>

namespace caf {
class mailbox_element;
} // namespace caf

namespace vaquero {

/// What `take_request` gives. Moved, not copied, and used once. One that goes unused answers a CAF actor's
/// request with sec::request_receiver_down; a `call` goes on waiting, as in Erlang.
class reply_to {
 public:
  reply_to() = default;
  /// Takes the request of this mail.
  reply_to(caf::weak_actor_ptr callee, caf::mailbox_element& mail);
  reply_to(reply_to&&) noexcept = default;
  reply_to& operator=(reply_to&& other) noexcept;
  ~reply_to();

  /// Whether there is a request to answer, still.
  explicit operator bool() const noexcept { return requester_ != nullptr; }

  /// Answers; a second answer does nothing.
  template <class... Values>
  void reply(Values... values) {
    answer(caf::make_message(std::move(values)...));
  }
  void answer(caf::message content);

 private:
  caf::weak_actor_ptr callee_;
  caf::strong_actor_ptr requester_;
  std::vector<caf::strong_actor_ptr>
      stages_; // actors that the answer passes on its way, the next one last
  caf::message_id request_;
};

} // namespace vaquero
