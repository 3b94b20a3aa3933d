#include "server/live_desk.hpp"

#include "handlers/host.hpp"
#include "handlers/live.hpp"
#include "runtime/receive.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <map>
#include <string>

namespace vaquero {

namespace {

namespace json = boost::json;

constexpr std::chrono::seconds round_time{1};

/// Time for the next round.
struct look_round {};

/// Gives a rate, in bytes a second, from two counts of bytes.
std::uint64_t rate(std::uint64_t before, std::uint64_t after, std::chrono::duration<double> time) {
  if (after <= before || time.count() <= 0) return 0; // a counter may start anew
  return static_cast<std::uint64_t>(static_cast<double>(after - before) / time.count());
}

class desk {
 public:
  desk(pid self, connection_source connections)
      : self_(std::move(self)), connections_(std::move(connections)) {}

  void operator()(const watch& wanted) {
    watchers_.emplace(monitor(wanted.connection), wanted.connection);
    if (watchers_.size() > 1) return;
    host_ = read_host();
    read_at_ = std::chrono::steady_clock::now();
    look();
  }

  void operator()(const down& end) { watchers_.erase(end.ref); }

  void operator()(const tell& order) {
    const auto found = listed_.find(order.to);
    if (found != listed_.end()) return send(found->second, note{order.from.id(), order.text});
    send(order.from, note{0, "Connection " + std::to_string(order.to) + " has gone."});
  }

  void operator()(const look_round&) {
    is_waiting_ = false;
    if (watchers_.empty()) return;
    say_host();
    look();
  }

  void operator()(const connection_list& list) {
    listed_.clear();
    json::array rows;
    for (const auto& [connection, info] : list.rows) {
      listed_.emplace(info.id, connection);
      rows.push_back({{"id", info.id},
                      {"route", info.route},
                      {"age_seconds", info.age_seconds},
                      {"queued_bytes", info.queued_bytes}});
    }
    say({{"type", "connections"}, {"count", list.count}, {"rows", std::move(rows)}});
  }

 private:
  // Asks who is connected, and for the next round.
  void look() {
    connections_([self = self_](connection_list list) { send(self, std::move(list)); });
    if (!std::exchange(is_waiting_, true)) send_after(round_time, self_, look_round{});
  }

  void say_host() {
    const auto now = std::chrono::steady_clock::now();
    const auto host = read_host();
    const auto time = now - std::exchange(read_at_, now);
    say({{"type", "host"},
         {"load", host.load},
         {"memory_used", host.memory_used},
         {"memory_total", host.memory_total},
         {"received", rate(host_.received, host.received, time)},
         {"sent", rate(host_.sent, host.sent, time)}});
    host_ = host;
  }

  void say(const json::object& what) {
    const auto text = json::serialize(what);
    for (const auto& [ref, connection] : watchers_)
      send_data(connection, text);
  }

  pid self_;
  connection_source connections_;
  std::map<monitor_ref, pid> watchers_;
  std::map<std::uint64_t, pid> listed_; // in the last round
  host_usage host_;                     // of the last round
  std::chrono::steady_clock::time_point read_at_;
  bool is_waiting_ = false; // for the next round
};

} // namespace

process_body live_desk(connection_source connections) {
  register_as(live_desk_name);
  desk state{self(), std::move(connections)};
  for (;;)
    std::visit(state, co_await receive<watch, down, tell, look_round, connection_list>());
}

} // namespace vaquero
