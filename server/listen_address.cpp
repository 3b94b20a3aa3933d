#include "server/listen_address.hpp"

#include <charconv>
#include <optional>
#include <stdexcept>
#include <string>

namespace vaquero {

namespace {

std::invalid_argument refusal(std::string_view address, const char* what) {
  return std::invalid_argument{'"' + std::string{address} + "\" is no address to listen on: " +
                               what + "; an address is IP:PORT, such as 127.0.0.1:8080 or [::1]:0"};
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, port);
  if (text.empty() || rest != end || error != std::errc{}) return std::nullopt;
  return port;
}

} // namespace

boost::asio::ip::tcp::endpoint parse_listen_address(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == address.npos || address.ends_with(']')) throw refusal(address, "there is no port");
  const auto port = port_of(address.substr(colon + 1));
  if (!port) throw refusal(address, "the port is no number from 0 to 65535");
  auto host = address.substr(0, colon);
  const bool has_brackets = host.starts_with('[') && host.ends_with(']');
  if (has_brackets) host = host.substr(1, host.size() - 2);
  boost::system::error_code wrong;
  auto ip = boost::asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, wrong);
  if (wrong) throw refusal(address, "the host is no IP address");
  if (ip.is_v6() && !has_brackets) throw refusal(address, "an IPv6 address stands in brackets");
  if (ip.is_v4() && has_brackets) throw refusal(address, "only an IPv6 address stands in brackets");
  return {ip, *port};
}

} // namespace vaquero
