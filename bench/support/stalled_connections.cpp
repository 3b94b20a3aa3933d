#include "bench/support/stalled_connections.hpp"

#include "bench/support/timing.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <utility>

namespace vaquero::bench {

namespace {

/// As /proc/net/tcp has them: the address as it lies in memory, the port as a number.
using end_point = std::pair<std::uint32_t, std::uint16_t>;

constexpr std::uint32_t established = 1;

std::uint32_t hexadecimal(std::string_view digits) {
  std::uint32_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

/// "0100007F:1F90", or the same behind 24 digits that map it to IPv6.
end_point parse_end(std::string_view text) {
  constexpr std::size_t address_digits = 8;
  const auto colon = std::min(text.find(':'), text.size());
  const auto address = text.substr(0, colon);
  return {hexadecimal(address.substr(address.size() - std::min(address.size(), address_digits))),
          static_cast<std::uint16_t>(hexadecimal(text.substr(std::min(colon + 1, text.size()))))};
}

end_point end_of(const sockaddr_in& address) {
  return {address.sin_addr.s_addr, ntohs(address.sin_port)};
}

end_point own_end(const connection& of) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(of.fd(), reinterpret_cast<sockaddr*>(&address), &size);
  return end_of(address);
}

/// What is held at each open connection of the server, by its client's end.
std::map<end_point, std::uint64_t> open_ends(const end_point& server) {
  std::map<end_point, std::uint64_t> found;
  for (const char* file : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      std::string number, local, remote, state, queues; // "tx_queue:rx_queue"
      std::istringstream(line) >> number >> local >> remote >> state >> queues;
      if (hexadecimal(state) == established && parse_end(local) == server)
        found[parse_end(remote)] = hexadecimal(queues.substr(0, queues.find(':')));
    }
  }
  return found;
}

std::uint64_t unread_bytes(const connection& of) {
  int bytes = 0;
  ioctl(of.fd(), FIONREAD, &bytes);
  return static_cast<std::uint64_t>(bytes);
}

/// False where the connection ends first. A server that gave it up may have reset it.
bool receives(connection& from, std::string_view last, const deadline& limit) try {
  while (!from.ended()) {
    limit.check("what a stalled connection missed");
    from.receive();
    while (const auto frame = from.next_frame()) {
      if (frame->type == frame_type::close) return false;
      const bool is_last = frame->payload == last;
      from.consume(frame->size);
      if (is_last) return true;
    }
  }
  return false;
} catch (const protocol_failure&) {
  return false;
}

} // namespace

std::vector<std::optional<std::uint64_t>> held_by_kernels(const std::vector<connection>& of,
                                                          const sockaddr_in& server) {
  const auto ends = open_ends(end_of(server));
  std::vector<std::optional<std::uint64_t>> held;
  for (const connection& each : of) {
    const auto found = ends.find(own_end(each));
    held.push_back(found == ends.end() ? std::nullopt
                                       : std::optional(found->second + unread_bytes(each)));
  }
  return held;
}

void stalled_connections::open(const sockaddr_in& server, std::string_view path, std::size_t count,
                               const deadline& limit) {
  server_ = server;
  open_connections(connections_, server, path, count, limit, false, receive_window::small);
}

void stalled_connections::look(std::uint64_t sent) {
  std::vector<double> kernels;
  closed_ = 0;
  server_bytes_ = sent;
  for (const auto& held : held_by_kernels(connections_, server_)) {
    if (!held) ++closed_;
    const auto bytes = std::min(held.value_or(sent), sent);
    server_bytes_ = std::min(server_bytes_, sent - bytes);
    kernels.push_back(static_cast<double>(bytes));
  }
  kernel_bytes_ = median(kernels);
}

void stalled_connections::catch_up(std::string_view last, const deadline& limit) {
  closed_ = 0;
  for (connection& each : connections_)
    if (!receives(each, last, limit)) ++closed_;
}

std::string stalled_connections::fault(std::uint64_t server_bytes) const {
  if (closed_ > 0)
    return std::to_string(closed_) + " of " + std::to_string(connections_.size()) +
           " were closed by the server";
  if (server_bytes_ >= server_bytes) return {};
  return "the kernels took all but " + std::to_string(server_bytes_) + " bytes of one";
}

} // namespace vaquero::bench
