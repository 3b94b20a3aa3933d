#include "bench/support/actor_check.hpp"

#include "bench/support/connection.hpp"

#include <boost/json.hpp>

#include <set>
#include <stdexcept>

namespace vaquero::bench {

namespace {

/// For one answer; under callgrind ten thousand actors take their time.
constexpr std::chrono::seconds answer_time{30};

/// The whole answer to a plain GET: the server is asked to close, so its end is the connection's.
std::string get(const sockaddr_in& server, const std::string& path, const deadline& limit) {
  connection socket(server, 0);
  socket.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  while (!socket.ended()) {
    limit.check("the answer of GET /connections");
    socket.flush();
    socket.receive();
  }
  return std::string(socket.unread());
}

protocol_failure wrong(const std::string& what) {
  return protocol_failure("GET /connections: " + what);
}

} // namespace

actor_check::actor_check(running_server& server, std::string route, const deadline& limit)
    : server_(server), route_(std::move(route)), limit_(limit) {
  try {
    before_ = ask();
  } catch (const std::runtime_error& error) {
    if (server.name() == product_name) throw;
    // Another server may answer anything there; it is only not checked then.
    refusal_ = error.what();
  }
  if (before_ && before_->count != 0) throw wrong("connections are open before the first one");
}

actor_check::answer actor_check::ask() {
  std::string response = get(server_.address(), "/connections", limit_.within(answer_time));
  auto body = response.find("\r\n\r\n");
  if (!response.starts_with("HTTP/1.1 200") || body == std::string::npos)
    throw wrong("answered with '" + response.substr(0, response.find('\r')) + "'");
  try {
    boost::json::value page = boost::json::parse(response.substr(body + 4));
    answer result{page.at("count").to_number<std::size_t>(),
                  page.at("ended").to_number<std::uint64_t>()};
    std::set<std::uint64_t> ids;
    for (const boost::json::value& row : page.at("connections").as_array()) {
      if (row.at("route").as_string() != route_) throw wrong("a connection has another route");
      ids.insert(row.at("id").to_number<std::uint64_t>());
    }
    if (ids.size() != result.count) throw wrong("count and the number of distinct rows differ");
    return result;
  } catch (const boost::system::system_error& error) {
    throw wrong(std::string("the answer is not what was agreed: ") + error.what());
  } catch (const std::logic_error& error) {
    throw wrong(std::string("a field is missing or of another kind: ") + error.what());
  }
}

void actor_check::opened(std::size_t count) {
  opened_ = count;
  if (!before_) return;
  auto now = ask();
  if (now.count != count)
    throw wrong(std::to_string(count) + " connections were opened, but " +
                std::to_string(now.count) + " actors answered");
}

std::string actor_check::closed() {
  if (!before_) return server_.name() + ": connections not checked for actors: " + refusal_;
  std::uint64_t expected = before_->ended + opened_;
  deadline soon = limit_.within(std::chrono::seconds(10));
  auto now = ask();
  while (now.ended < expected) {
    soon.pause("the monitor to see every connection actor end");
    now = ask();
  }
  if (now.ended != expected || now.count != 0) throw wrong("more DOWN than connections");
  return server_.name() + ": " + std::to_string(opened_) +
         " connection actors answered a plain CAF actor, which monitored them and saw each DOWN";
}

} // namespace vaquero::bench
