// The tables of keys, one for each section of a configuration file. Adding a key is one line there.
#pragma once

#include "server/config.hpp"
#include "server/config_key.hpp"

namespace vaquero {

template <class Options>
using config_table = std::vector<config_key<Options>>;

/// [server]
const config_table<server_options>& server_keys();
/// [limits]
const config_table<server_options>& limit_keys();
/// [log]
const config_table<log_options>& log_keys();
/// [publish]
const config_table<publish_config>& publish_keys();
/// [status]
const config_table<status_config>& status_keys();
/// [[listener]]
const config_table<listen_address>& listener_keys();
/// [[route]], but for its tables `constraints` and `options`
const config_table<route_config>& route_keys();
/// [route.options]
const config_table<route_config>& route_option_keys();
/// [[static]]
const config_table<folder_config>& folder_keys();

} // namespace vaquero
