// What topics may cost, and how one subscribes and publishes. Aggregates: set them by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

namespace vaquero {

/// The bounds of a node's topics.
struct topic_options {
  /// Bytes and levels of a name or of a filter. A filter of many `+` is what makes matching dear.
  std::size_t name_bytes_max = 256;
  std::size_t levels_max = 32;

  /// Bytes of a key, which each of its publications carries, as it does its name.
  std::size_t key_bytes_max = 256;

  /// Filters that one process may be subscribed to. Each is some 50 bytes.
  std::size_t subscriptions_max = 10'000;

  /// Last values kept, and their bytes. A subscription with wildcards looks at each of them, 100 ns or so.
  std::size_t retained_max = 10'000;
  std::size_t retained_bytes_max = 64 << 20;

  /// Bytes of publications that wait for one loop. It takes all that waits in each of its turns, so that
  /// only a loop that is blocked comes near.
  std::size_t waiting_bytes_max = 64 << 20;
};

/// A bound of topic_options was reached, and nothing was done: Erlang's system_limit.
class topic_limit : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// How a subscriber gets what publish_data publishes. A plain publish is always a message.
enum class delivery : std::uint8_t {
  straight,   // a connection: as a frame in its queue, unseen by its handler; others: as a message
  as_message, // as a message `published_data`
};

struct subscription_options {
  delivery receive = delivery::straight;
};

/// What a topic keeps of a publication for those who subscribe later.
enum class retain_policy : std::uint8_t {
  none,
  keep_last,        // it is the topic's last value
  keep_last_of_key, // it is the last value of its key, which may not be empty then
};

struct publish_options {
  retain_policy retain = retain_policy::none;
  std::string_view key = {};
  /// Not to the process that publishes.
  bool except_self = false;
  /// To subscribers of this node only; other nodes have none today.
  bool local_only = false;
};

} // namespace vaquero
