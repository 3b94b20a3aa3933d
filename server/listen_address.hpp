// An address to listen on, as a user writes it.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <string_view>

namespace vaquero {

/// "127.0.0.1:8080", "[::1]:0", "localhost:80" (which is 127.0.0.1). Throws std::invalid_argument,
/// with what is wrong and what an address looks like; it resolves no names.
boost::asio::ip::tcp::endpoint parse_listen_address(std::string_view address);

} // namespace vaquero
