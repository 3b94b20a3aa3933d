// Frames to all who subscribed to a topic: what send_data is to send, this is to publish. It is encoded
// once, and goes to a connection that subscribed `straight` without a message: into its queue, whose
// policy holds. See runtime/topics.hpp for names, and docs/manual/topics.md for what keeps its order.
#pragma once

#include "net/websocket/opcode.hpp"
#include "runtime/topics.hpp"

namespace vaquero {

struct data_options {
  opcode type = opcode::text;
  /// What it is the latest of, for connections whose queue_policy is keep_latest: see `keyed`.
  std::string_view key = {};
  /// With keep_last and keep_last_of_key an empty text or binary clears what is kept.
  retain_policy retain = retain_policy::none;
  bool except_self = false;
  bool local_only = false;
};

/// To each connection that subscribed `straight` a text or binary, or a ping or pong; to everybody else a
/// message `published_data`. By the process that runs, which may be a connection. Throws
/// std::invalid_argument as publish and send_data do, and for a ping or pong with a key or to be kept;
/// topic_limit as publish does.
void publish_data(std::string_view topic, std::string_view data, const data_options& how = {});

/// The same on any thread.
void publish_data(node& home, std::string_view topic, std::string_view data,
                  const data_options& how = {});

/// What processes get, and connections that subscribed `as_message`.
struct published_data {
  std::string topic; // as the publisher spelt it
  std::string data;
  opcode type;
  std::string key; // empty: none
};

} // namespace vaquero
