#include "server/connection_observer.hpp"

#include "net/connection.hpp"
#include "net/socket.hpp"

#include <boost/json/src.hpp>
#include <caf/event_based_actor.hpp>

#include <set>

namespace vaquero {

namespace {

constexpr std::chrono::seconds answer_time{5};

/// One GET: the rows that have come in, and to whom they go.
struct inquiry {
  std::vector<pid> whom;
  answer_later answer;
  boost::json::array rows;
  std::size_t left = 0;
};

struct inquiry_order {
  std::shared_ptr<inquiry> what;
};

} // namespace

template <>
constexpr bool local_only<inquiry_order> = true;

namespace {

boost::json::object row_of(const connection_info& info) {
  return {{"id", info.id},
          {"route", info.route},
          {"handler", info.handler},
          {"peer", info.peer},
          {"queued_bytes", info.queued_bytes},
          {"queued_frames", info.queued_frames},
          {"dropped_frames", info.dropped_frames},
          {"buffered_bytes", info.buffered_bytes}};
}

class connection_observer final : public caf::event_based_actor {
 public:
  explicit connection_observer(caf::actor_config& config) : caf::event_based_actor(config) {
    set_down_handler([this](const caf::down_msg& down) {
      monitored_.erase(down.source);
      ++ended_;
    });
  }

  caf::behavior make_behavior() override {
    return {[this](const inquiry_order& order) { inquire(order.what); }};
  }

 private:
  void inquire(const std::shared_ptr<inquiry>& what) {
    what->left = what->whom.size();
    if (what->left == 0) return answer(*what);
    for (const auto& each : what->whom) {
      if (monitored_.insert(each.address()).second) monitor(each);
      request(each, answer_time, connection_query{})
          .then(
              [this, what](const connection_info& info) {
                what->rows.push_back(row_of(info));
                count_down(*what);
              },
              [this, what](const caf::error&) { count_down(*what); }); // it has ended meanwhile
    }
  }

  void count_down(inquiry& what) {
    if (--what.left == 0) answer(what);
  }

  void answer(inquiry& what) {
    boost::json::object body{{"count", what.rows.size()}, {"ended", ended_}};
    body["connections"] = std::move(what.rows);
    vaquero::response with{
        200, {{"Content-Type", "application/json"}}, boost::json::serialize(body)};
    what.answer(std::move(with));
  }

  std::set<caf::actor_addr> monitored_;
  std::uint64_t ended_ = 0;
};

} // namespace

void route_connections_page(server& server) {
  auto observer = std::make_shared<caf::actor>();
  server.at_start(
      [observer](caf::actor_system& system) { *observer = system.spawn<connection_observer>(); });
  server.at_stop([observer] {
    caf::anon_send_exit(*observer, caf::exit_reason::user_shutdown);
    *observer = nullptr;
  });
  server.route_slow_page("/connections", [&server, observer](const request& from, auto later) {
    if (!is_loopback(from.peer().ip)) return later(response::text(403, "for this machine only\n"));
    server.list_connections([observer, later](std::vector<pid> all) {
      auto what = std::make_shared<inquiry>(inquiry{std::move(all), later, {}, 0});
      caf::anon_send(*observer, inquiry_order{std::move(what)});
    });
  });
}

} // namespace vaquero
