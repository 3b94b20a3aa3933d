#include "bench/suite/target.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <stdexcept>

namespace vaquero::bench {

namespace {

constexpr std::string_view scheme = "ws://";

std::invalid_argument refusal(const std::string& url, const std::string& why) {
  return std::invalid_argument("--url \"" + url + "\": " + why +
                               "; a URL looks like ws://127.0.0.1:8080/echo");
}

std::uint16_t parse_port(std::string_view text, const std::string& url) {
  unsigned port = 0;
  const auto* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, port);
  if (rest != end || error != std::errc{} || port == 0 || port > 65535)
    throw refusal(url, "the port is no number from 1 to 65535");
  return static_cast<std::uint16_t>(port);
}

/// The host without its port and brackets; fills in the port.
std::string split_authority(target& into) {
  std::string_view text = into.host;
  const auto bracket = text.rfind(']');
  const auto colon = text.rfind(':');
  std::string_view name = text;
  if (colon != text.npos && (bracket == text.npos || colon > bracket)) {
    into.port = parse_port(text.substr(colon + 1), into.url);
    name = text.substr(0, colon);
  }
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  if (name.empty() || name.find('@') != name.npos) throw refusal(into.url, "it names no host");
  return std::string(name);
}

void resolve(target& into, const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(name.c_str(), std::to_string(into.port).c_str(), &hints, &found);
  if (error != 0)
    throw std::runtime_error("there is no address of \"" + name + "\": " + gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, freeaddrinfo);
  // localhost has two, and most servers listen on the first of the older kind.
  const addrinfo* chosen = found;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next)
    if (each->ai_family == AF_INET) {
      chosen = each;
      break;
    }
  std::memcpy(&into.address, chosen->ai_addr, chosen->ai_addrlen);
  into.address_size = chosen->ai_addrlen;
}

} // namespace

bool target::is_loopback() const {
  if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(four.sin_addr.s_addr) >> 24) == 127;
  }
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
  return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr);
}

std::string target::address_text() const {
  char name[INET6_ADDRSTRLEN] = {};
  const bool is_four = address.ss_family == AF_INET;
  const void* bytes =
      is_four ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr)
              : &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  inet_ntop(address.ss_family, bytes, name, sizeof name);
  return (is_four ? std::string(name) : "[" + std::string(name) + "]") + ":" + std::to_string(port);
}

target resolve_target(const std::string& url) {
  target result;
  result.url = url;
  if (url.starts_with("wss://"))
    throw refusal(url, "TLS is not spoken here: give the address behind it");
  if (!url.starts_with(scheme)) throw refusal(url, "it does not begin with ws://");
  std::string_view rest = std::string_view(url).substr(scheme.size());
  rest = rest.substr(0, rest.find('#'));
  const auto end = std::min(rest.find_first_of("/?"), rest.size());
  result.host = rest.substr(0, end);
  result.path = rest.substr(end);
  if (!result.path.starts_with('/')) result.path.insert(0, "/");
  for (const char each : url)
    if (static_cast<unsigned char>(each) <= ' ' || each == 0x7F)
      throw refusal(url, "it holds a blank or a control character");
  resolve(result, split_authority(result));
  return result;
}

} // namespace vaquero::bench
