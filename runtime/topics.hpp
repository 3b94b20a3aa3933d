// Topics: publish once, reach every process that wants it. A name is a list of levels, split at `/` and at
// `:` alike, so that `a/b` and `a:b` are one topic; empty levels count. A filter may hold wildcards: `+` is
// one whole level, `#` is the last and stands for the rest, none included: `a/#` matches `a`. What reads
// "any thread" takes the node; the other functions act for the process that runs here, and throw
// std::logic_error outside of one. A malformed name or filter is std::invalid_argument (Erlang's badarg).
#pragma once

#include "runtime/detail/heap_bytes.hpp"
#include "runtime/message_traits.hpp"
#include "runtime/refs.hpp"
#include "runtime/topic_options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vaquero {

class node;

/// A filter got its first subscription, or lost its last: to those who called monitor_topics. It is told
/// as its first subscriber spelt it. A filter with wildcards opens and closes as itself, and no name that
/// it matches does.
struct topic_opened {
  std::string topic;
  monitor_ref ref;
};
struct topic_closed {
  std::string topic;
  monitor_ref ref;
};

/// A topic at one moment.
struct topic_info {
  std::uint64_t subscribers; // subscriptions to exactly this
  std::uint64_t
      published;          // publications of this name, or that this filter matched, since it opened
  std::uint64_t dropped;  // frames: see docs/manual/topics.md
  std::uint64_t retained; // last values kept
  std::uint64_t retained_bytes; // and their bytes
};

/// The process that runs gets what is published there from now on, and before that the last values that are
/// kept, the oldest first. It ends with the process. False for one who is subscribed already: then only the
/// way to receive changes. Throws topic_limit where subscriptions_max is reached. A connection may
/// subscribe `straight` once its handshake is answered: in `init` that is a std::logic_error. In a blocking
/// handler it is done when the callback is over, and the answer is true.
bool subscribe(std::string_view filter, const subscription_options& how = {});

/// Nothing that is published from now on comes; what is on its way as a message may. False if it was not
/// subscribed to exactly this. In a blocking handler it is done when the callback is over, and the answer
/// is true.
bool unsubscribe(std::string_view filter);

namespace detail {
void publish(std::string_view topic, caf::message content, std::size_t bytes,
             const publish_options& how);
void publish(node& home, std::string_view topic, caf::message content, std::size_t bytes,
             const publish_options& how);
} // namespace detail

/// A message to each subscriber, once, however many of its filters match; a connection gets it in
/// websocket_info. Its sender is the process that publishes. All that subscribe to a topic see its
/// publications in one order. Throws topic_limit, with nothing published, where waiting_bytes_max or a
/// bound on last values is reached.
template <class Message>
void publish(std::string_view topic, Message message, const publish_options& how = {}) {
  detail::require_message<Message>();
  const auto bytes = sizeof(message) + detail::heap_bytes(message);
  detail::publish(topic, caf::make_message(std::move(message)), bytes, how);
}

/// The same on any thread. `except_self` means the process that runs here, if one does.
template <class Message>
void publish(node& home, std::string_view topic, Message message, const publish_options& how = {}) {
  detail::require_message<Message>();
  const auto bytes = sizeof(message) + detail::heap_bytes(message);
  detail::publish(home, topic, caf::make_message(std::move(message)), bytes, how);
}

/// Forgets the last values of a topic, or the one of a key. False if there was none. Any thread.
bool forget_last(node& home, std::string_view topic);
bool forget_last(node& home, std::string_view topic, std::string_view key);
bool forget_last(std::string_view topic);
bool forget_last(std::string_view topic, std::string_view key);

/// How many are subscribed to exactly this filter: who ended is not among them. Any thread.
std::size_t subscriber_count(node& home, std::string_view filter);
std::size_t subscriber_count(std::string_view filter);

/// The filters that have subscribers, in no order. Any thread.
std::vector<std::string> topics(node& home);

/// nullopt for a filter that nobody is subscribed to and that keeps no last value. Any thread.
std::optional<topic_info> info_of_topic(node& home, std::string_view filter);

/// From now on the process that runs gets topic_opened and topic_closed, those of one topic in their order.
/// Each call is a monitor of its own. It ends with the process.
monitor_ref monitor_topics();

/// False if the process has no such monitor. What waits in the inbox already is not removed.
bool demonitor_topics(monitor_ref ref);

} // namespace vaquero
