// Handlers by name, for configuration files: what zotonic's {ws_handler, my_ws_handler} names. Values.
#pragma once

#include "net/handler_type.hpp"

#include <caf/actor_system_config.hpp>

#include <functional>
#include <string>
#include <vector>

namespace vaquero {

struct named_handler {
  std::string name;
  std::function<handler_type(const websocket_options&)> make;
  std::function<void(caf::actor_system_config&)> register_messages;

  /// Where it lies when nobody says where; empty: at /NAME.
  std::string path = {};

  /// It reads what "[...]" of its route's path stands for, and is of no use at a path without.
  bool needs_path_info = false;

  /// Of one that can be published to over HTTP: the token that this takes, again at each reload.
  std::function<void(std::string)> use_publish_token = {};

  bool takes_posts() const { return use_publish_token != nullptr; }
};

/// `Handler` under this name; `args` are copied into each one that is made.
template <class Handler, class... Args>
named_handler handler(std::string name, Args... args) {
  return {std::move(name),
          [args...](const websocket_options& options) {
            return make_handler_type<Handler>(options, args...);
          },
          [](caf::actor_system_config& config) { Handler::register_messages(config); }};
}

/// topic_handler, and POST at its path (handlers/publish_page.hpp). It lies at "/NAME/[...]".
named_handler serve_topics(std::string name = "topic");

using handler_registry = std::vector<named_handler>;

} // namespace vaquero
