#include "server/connection_observer.hpp"

#include "handlers/local_guard.hpp"

#include <boost/json.hpp>
#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <limits>
#include <mutex>
#include <set>

namespace vaquero {

namespace {

constexpr std::chrono::seconds answer_time{5};

/// The rows that have come in, and to whom they go.
struct inquiry {
  std::vector<pid> whom;
  std::function<void(connection_list)> done;
  connection_list list;
  std::size_t left = 0;
};

struct inquiry_order {
  std::shared_ptr<inquiry> what;
};

} // namespace

template <>
constexpr bool local_only<inquiry_order> = true;

namespace {

class observer_actor final : public caf::event_based_actor {
 public:
  explicit observer_actor(caf::actor_config& config) : caf::event_based_actor(config) {
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
              [this, what, each](connection_info& info) {
                what->list.rows.push_back({each, std::move(info)});
                count_down(*what);
              },
              [this, what](const caf::error& error) {
                // It has ended meanwhile, unless it only does not answer: then it is in a callback.
                if (error != caf::sec::request_timeout) --what->list.count;
                count_down(*what);
              });
    }
  }

  void count_down(inquiry& what) {
    if (--what.left == 0) answer(what);
  }

  void answer(inquiry& what) {
    what.list.ended = ended_;
    std::sort(what.list.rows.begin(), what.list.rows.end(),
              [](const auto& one, const auto& other) { return one.info.id < other.info.id; });
    what.done(std::move(what.list));
  }

  std::set<caf::actor_addr> monitored_;
  std::uint64_t ended_ = 0;
};

boost::json::object json_of(const connection_info& info) {
  return {{"id", info.id},
          {"route", info.route},
          {"handler", info.handler},
          {"peer", info.peer},
          {"age_seconds", info.age_seconds},
          {"subscriptions", info.subscriptions},
          {"queued_bytes", info.queued_bytes},
          {"queued_frames", info.queued_frames},
          {"dropped_frames", info.dropped_frames},
          {"buffered_bytes", info.buffered_bytes}};
}

response page_of(const connection_list& list) {
  boost::json::array rows;
  for (const auto& row : list.rows)
    rows.push_back(json_of(row.info));
  boost::json::object body{{"count", list.count}, {"ended", list.ended}};
  body["connections"] = std::move(rows);
  return {200, {{"Content-Type", "application/json"}}, boost::json::serialize(body)};
}

} // namespace

// Shared with questions that are under way when the server stops: they find no actor then.
struct connection_observer::shared {
  std::mutex mutex;
  pid actor;
};

connection_observer::connection_observer(server& of)
    : server_(of), shared_(std::make_shared<shared>()) {
  server_.at_start([shared = shared_](caf::actor_system& system) {
    shared->actor = system.spawn<observer_actor>();
  });
  // An actor that is still held keeps its system from ending.
  server_.at_stop([shared = shared_] {
    std::lock_guard lock{shared->mutex};
    caf::anon_send_exit(shared->actor, caf::exit_reason::user_shutdown);
    shared->actor = nullptr;
  });
}

void connection_observer::list(std::size_t rows_max, std::function<void(connection_list)> done) {
  std::lock_guard lock{shared_->mutex};
  if (!shared_->actor) return;
  server_.list_connections(
      [shared = shared_, rows_max, done = std::move(done)](std::vector<pid> all) mutable {
        auto what = std::make_shared<inquiry>();
        what->list.count = all.size();
        if (all.size() > rows_max) all.resize(rows_max);
        what->whom = std::move(all);
        what->done = std::move(done);
        std::lock_guard at_work{shared->mutex};
        if (shared->actor) caf::anon_send(shared->actor, inquiry_order{std::move(what)});
      });
}

void answer_connections_page(connection_observer& observer, const request& from,
                             answer_later later) {
  if (auto refusal = refuse_unless_local(from)) return later(std::move(*refusal));
  observer.list(std::numeric_limits<std::size_t>::max(),
                [later = std::move(later)](const connection_list& list) { later(page_of(list)); });
}

void route_connections_page(server& server, std::shared_ptr<connection_observer> observer) {
  server.route_slow_page("/connections", [observer](const request& from, answer_later later) {
    answer_connections_page(*observer, from, std::move(later));
  });
}

} // namespace vaquero
