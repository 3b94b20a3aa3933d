// A handler that blocks its loop without being declared so: it is reported while it does, and costs the
// others nothing but time.
#include "tests/net_end/end_support.hpp"

using namespace vaquero;
using namespace vaquero::testing;

namespace vaquero::testing {

struct block {};

/// Blocks its loop in the callback that it is told to.
class stalling final : public recorded<block> {
 public:
  stalling(probe_ptr told, std::shared_ptr<latch> held)
      : recorded(std::move(told)), latch_(std::move(held)) {}

  void websocket_handle(const frame& in) override {
    if (in.text() == "block") latch_->wait();
    reply(in.payload());
  }
  void websocket_info(const block&) override {
    latch_->wait();
    reply("over");
  }
  void terminate(const terminate_reason& why) override {
    if (why.code == 4000) latch_->wait();
    recorded::terminate(why);
  }

 private:
  std::shared_ptr<latch> latch_;
};

} // namespace vaquero::testing

namespace {

struct stall_server {
  explicit stall_server(std::chrono::milliseconds threshold = 50ms) : server(options(threshold)) {
    server.route<stalling>("/stalling", {}, server.shared_probe(), held);
    server.route<stalling>("/impatient", {.idle_timeout = 300ms}, server.shared_probe(), held);
    server.route<recorded_echo>("/echo", {.idle_timeout = 300ms}, echo_probe);
    server.start();
  }

  server_options options(std::chrono::milliseconds threshold) {
    auto chosen = one_loop();
    chosen.stall_threshold = threshold;
    chosen.stall_reporter = [reports = reports](const system_monitor::event& seen) {
      if (auto* stall = std::get_if<long_callback>(&seen)) reports->push(*stall);
    };
    return chosen;
  }

  /// Waits for a report of at least this time, checking that each names the callback.
  void wait_for_report(std::chrono::milliseconds at_least, const std::string& callback) {
    long_callback seen;
    do {
      seen = reports->pop();
      CHECK_THAT(seen.where, Catch::Matchers::Contains("stalling in " + callback));
    } while (seen.at_least < at_least);
  }

  std::shared_ptr<latch> held = std::make_shared<latch>();
  std::shared_ptr<event_queue<long_callback>> reports =
      std::make_shared<event_queue<long_callback>>();
  probe_ptr echo_probe = std::make_shared<probe>();
  test_server server;
};

} // namespace

TEST_CASE("a callback that blocks its loop is reported while it does, by name and time") {
  stall_server s;
  raw_client client{s.server.port(), "/stalling"};
  const auto connection = s.server.opened();
  SECTION("websocket_handle") {
    client.send(client_text("block"));
    s.wait_for_report(50ms, "websocket_handle");
    s.wait_for_report(100ms, "websocket_handle"); // it goes on, and is reported again
    s.held->open();
    CHECK(client.read_frame() == text_frame("block"));
  }
  SECTION("websocket_info") {
    vaquero::send(connection, block{});
    s.wait_for_report(50ms, "websocket_info");
    s.held->open();
    CHECK(client.read_frame() == text_frame("over"));
  }
  SECTION("terminate") {
    client.send(client_close(4000));
    s.wait_for_report(50ms, "terminate");
    s.held->open();
    CHECK(client.read_frame() == close_frame(4000));
  }
}

TEST_CASE("a connection that is stuck in a callback is listed and described") {
  stall_server s;
  raw_client client{s.server.port(), "/stalling"};
  const auto connection = s.server.opened();
  client.send(client_text("block"));
  s.wait_for_report(50ms, "websocket_handle");
  const auto info = info_of(connection);
  REQUIRE(info);
  CHECK(info->status == process_status::running);
  CHECK_THAT(info->current_callback, Catch::Matchers::EndsWith("stalling in websocket_handle"));
  CHECK(processes(process::from(connection)->home()) == std::vector<pid>{connection});
  s.held->open();
  CHECK(client.read_frame() == text_frame("block"));
}

TEST_CASE("a stall longer than idle_timeout ends no connection whose data waits") {
  stall_server s;
  raw_client stalled{s.server.port(), "/stalling"};
  raw_client other{s.server.port(), "/echo"};
  s.echo_probe->opened.pop();
  stalled.send(client_text("block"));
  s.wait_for_report(50ms, "websocket_handle");
  other.send(client_text("sent during the stall"));
  s.wait_for_report(800ms, "websocket_handle"); // more than twice the idle_timeout
  s.held->open();
  CHECK(stalled.read_frame() == text_frame("block"));
  CHECK(other.read_frame() == text_frame("sent during the stall"));
  CHECK(s.echo_probe->ends.size() == 0);
  other.send(client_text("still there"));
  CHECK(other.read_frame() == text_frame("still there"));
  CHECK(other.read_frame() == close_frame(1000)); // the deadline works after all
}

TEST_CASE("a stall longer than idle_timeout does not end who waits for its answer") {
  stall_server s;
  raw_client client{s.server.port(), "/impatient"};
  raw_client other{s.server.port(), "/stalling"};
  client.send(client_text("block"));
  s.wait_for_report(800ms, "websocket_handle");
  s.held->open();
  CHECK(client.read_frame() == text_frame("block"));
  other.send(client_text("quick"));
  CHECK(other.read_frame() == text_frame("quick")); // the loop has had another turn
  client.send(client_text("still there"));
  CHECK(client.read_frame() == text_frame("still there"));
  CHECK(client.read_frame() == close_frame(1000)); // the deadline works after all
}

TEST_CASE("quick callbacks are never reported, however many") {
  stall_server s{10s};
  raw_client client{s.server.port(), "/stalling"};
  for (int i = 0; i < 1000; ++i)
    client.send(client_text("quick"));
  for (int i = 0; i < 1000; ++i)
    CHECK(client.read_frame() == text_frame("quick"));
  CHECK(s.reports->size() == 0);
}
