// A connection to the topic that the rest of its path names: it hears what is published there, straight from
// the socket, and what its client sends is published there, to itself as well. Its route ends with "[...]".
//
//     /topic/news/sport             the topic news/sport
//     /topic/prices?key=EUR/USD     what this client sends is the latest of that key: see `keyed`
#pragma once

#include "net/websocket_handler.hpp"
#include "runtime/topic_options.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vaquero {

/// Where a request publishes to: what "[...]" stands for, its segments decoded and joined with '/'; and the
/// key of its query.
struct topic_place {
  std::string name;
  std::string key;

  static topic_place of(const request& from);

  /// What is wrong with it: 404 where there is no name, 400 where it is none that can be published to.
  std::optional<response> refuse(const topic_options& bounds) const;
};

class topic_handler final : public websocket_handler<> {
 public:
  upgrade init(const request& from) override;
  void websocket_init() override;
  void websocket_handle(const frame& in) override;

 private:
  topic_place place_;
};

} // namespace vaquero
