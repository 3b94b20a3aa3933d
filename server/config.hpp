// The configuration file: what it says, as values. Its keys, with their defaults and bounds, stand in one
// table (config_keys.cpp), which reading, checking and `vaquero config --defaults` share.
#pragma once

#include "net/router.hpp"
#include "runtime/log.hpp"
#include "server/handler_registry.hpp"
#include "server/server.hpp"
#include "server/status_pages.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vaquero {

/// A [[route]]: where it lies, and the registered handler there.
struct route_config {
  route_at at = {};
  std::string handler = {};
  websocket_options options = {};
};

/// A [[static]].
struct folder_config {
  std::string host = "_";
  std::string path = {};
  std::string folder = {};
};

/// [publish]
struct publish_config {
  std::string token_file = {}; // empty: there is no token
};

/// [status]
struct status_config {
  std::string path = {}; // empty: there are no such pages
};

struct config {
  server_options server = {}; // from [server], [limits] and [[listener]]
  log_options log = {};
  publish_config publish = {};
  status_config status = {};
  std::string publish_token = {}; // what the file holds
  std::vector<route_config> routes = {};
  std::vector<folder_config> folders = {};
};

/// A file that was read, and the routes that it leads to; or what is wrong with it.
struct config_result {
  config value = {};
  router routes = {};
  /// "FILE:LINE: what is wrong; what is allowed", in the order of the file. Empty: it is right.
  std::vector<std::string> faults = {};
};

/// Reads a configuration's text. `file` is for the faults. It opens the folders to be served and the file
/// of the token, and nothing else. `status` gives the pages of [status].
config_result read_config(std::string_view text, const std::string& file,
                          const handler_registry& handlers, const status_pages& status = {});

/// The same for a file.
config_result load_config(const std::string& file, const handler_registry& handlers,
                          const status_pages& status = {});

/// A whole file, commented, with every key and its default. Reading it gives these defaults.
std::string default_config(const handler_registry& handlers);

/// What only a restart changes, as text: two that are equal mean the same listeners and limits.
std::string fixed_part(const config& from);

} // namespace vaquero
