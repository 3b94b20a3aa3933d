// Handlers that block run on a pool: they delay nobody, and stay one at a time for themselves.
#include "tests/net_end/end_support.hpp"

#include <atomic>
#include <thread>

using namespace vaquero;
using namespace vaquero::testing;

namespace vaquero::testing {

struct note {
  std::string text;
};

/// What the blocking handlers of one test share.
struct blocking_plan {
  latch held;
  event_queue<std::string> entered;
  std::atomic<int> inside = 0; // callbacks of the connection that run now
  std::atomic<int> inside_max = 0;
};
using plan_ptr = std::shared_ptr<blocking_plan>;

/// Blocks at the texts and notes "block"; echoes the others.
class blocking_handler final : public recorded<note> {
 public:
  static constexpr bool is_blocking = true;

  blocking_handler(probe_ptr told, plan_ptr plan)
      : recorded(std::move(told)), plan_(std::move(plan)) {}

  void websocket_handle(const frame& in) override { obey(in.text()); }
  void websocket_info(const note& what) override { obey("note " + what.text); }
  void terminate(const terminate_reason& why) override {
    told().said.push(std::this_thread::get_id() == thread_ ? "the same thread" : "another thread");
    recorded::terminate(why);
  }

 private:
  void obey(const std::string& text) {
    plan_->inside_max = std::max(plan_->inside_max.load(), ++plan_->inside);
    plan_->entered.push(text);
    if (text.ends_with("block")) plan_->held.wait();
    if (text == "crash after block") throw std::logic_error{"thrown on the pool"};
    if (text == "throw") throw std::logic_error{"thrown on the pool"};
    if (text == "many")
      for (int i = 0; i < 1000; ++i)
        reply(std::to_string(i));
    if (text == "stop") close(4000, "own words");
    reply(text);
    --plan_->inside;
  }

  plan_ptr plan_;
  std::thread::id thread_ = std::this_thread::get_id(); // the loop's, which constructs
};

} // namespace vaquero::testing

namespace {

struct blocking_server {
  explicit blocking_server(server_options options = one_loop(), websocket_options per_route = {})
      : server(std::move(options)) {
    server.route<blocking_handler>("/blocking", per_route, server.shared_probe(), plan);
    server.route<recorded_echo>("/echo", {}, echo_probe);
    server.start();
  }

  /// A client whose handler blocks.
  raw_client blocked(int receive_buffer = 0) {
    raw_client client{server.port(), "/blocking", "", receive_buffer};
    connection = server.opened();
    client.send(client_text("block"));
    CHECK(plan->entered.pop() == "block");
    return client;
  }

  plan_ptr plan = std::make_shared<blocking_plan>();
  probe_ptr echo_probe = std::make_shared<probe>();
  test_server server;
  pid connection; // the last blocked one
};

} // namespace

TEST_CASE("connections that block delay no other on the same loop") {
  blocking_server s;
  std::vector<raw_client> blocked;
  for (int i = 0; i < 16; ++i)
    blocked.push_back(s.blocked());
  raw_client ordinary{s.server.port(), "/echo"};
  ordinary.send(client_text("quick"));
  CHECK(ordinary.read_frame() == text_frame("quick"));
  s.plan->held.open();
  for (auto& client : blocked)
    CHECK(client.read_frame() == text_frame("block"));
}

TEST_CASE("no more callbacks block at a time than the pool has threads") {
  auto options = one_loop();
  options.blocking_threads_max = 2;
  blocking_server s{options};
  raw_client third{s.server.port(), "/blocking"};
  auto first = s.blocked();
  auto second = s.blocked();
  third.send(client_text("has to wait"));
  raw_client ordinary{s.server.port(), "/echo", client_text("quick")};
  CHECK(ordinary.read_frame() == text_frame("quick"));
  CHECK(s.plan->entered.size() == 0);
  s.plan->held.open();
  CHECK(third.read_frame() == text_frame("has to wait"));
  CHECK(s.plan->inside_max == 2);
}

TEST_CASE("frames and messages of a blocking connection run one at a time, in order") {
  blocking_server s;
  auto client = s.blocked();
  std::string frames;
  for (int i = 0; i < 200; ++i) {
    frames += client_text(std::to_string(i));
    vaquero::send(s.connection, note{std::to_string(i)});
  }
  client.send(frames);
  s.plan->held.open();
  CHECK(client.read_frame() == text_frame("block"));
  int next_frame = 0;
  int next_note = 0;
  while (next_frame < 200 || next_note < 200) {
    const auto frame = client.read_frame();
    if (frame == text_frame(std::to_string(next_frame)))
      ++next_frame;
    else if (frame == text_frame("note " + std::to_string(next_note)))
      ++next_note;
    else
      FAIL("out of order: " << frame);
  }
  CHECK(s.plan->inside_max == 1);
}

TEST_CASE("all commands of a blocked callback arrive, in order") {
  blocking_server s;
  raw_client client{s.server.port(), "/blocking"};
  client.send(client_text("many") + client_text("stop"));
  for (int i = 0; i < 1000; ++i)
    REQUIRE(client.read_frame() == text_frame(std::to_string(i)));
  CHECK(client.read_frame() == text_frame("many"));
  CHECK(client.read_frame() == close_frame(4000, "own words"));
  CHECK(client.read_end() == raw_client::ending::eof);
  CHECK(s.server.ended() == terminate_reason{.what = kind::stop});
  CHECK(s.server.told().said.pop() == "another thread"); // not the loop
}

TEST_CASE("an exit signal during a blocked callback acts after it") {
  blocking_server s;
  auto client = s.blocked();
  vaquero::exit(s.connection, exit_reason::kill());
  raw_client ordinary{s.server.port(), "/echo", client_text("quick")};
  CHECK(ordinary.read_frame() == text_frame("quick"));
  CHECK(s.server.told().ends.size() == 0);
  s.plan->held.open();
  CHECK(client.read_frame() == text_frame("block"));
  CHECK(client.read_frame() == close_frame(1001));
  CHECK(s.server.ended() == terminate_reason{.what = kind::exit, .exit = exit_reason::killed()});
}

TEST_CASE("a client that leaves during a blocked callback: closed, once, after it") {
  blocking_server s;
  auto client = s.blocked();
  SECTION("with a FIN") { client.close(); }
  SECTION("with a reset") { client.reset(); }
  raw_client ordinary{s.server.port(), "/echo", client_text("quick")};
  CHECK(ordinary.read_frame() == text_frame("quick"));
  CHECK(s.server.told().ends.size() == 0);
  s.plan->held.open();
  CHECK(s.server.ended() == terminate_reason{.what = kind::closed});
  ordinary.close();
  s.server.stop();
  CHECK(s.server.told().ends.size() == 0);
}

TEST_CASE("a crash on the pool ends once, though its client leaves with a reset meanwhile") {
  blocking_server s;
  for (int i = 0; i < 50; ++i) {
    raw_client client{s.server.port(), "/blocking"};
    client.send(client_text("throw"));
    s.plan->entered.pop();
    client.reset();
    CHECK(s.server.ended().what == kind::crash);
  }
}

TEST_CASE("a crash on the pool is answered with 1011") {
  blocking_server s;
  raw_client client{s.server.port(), "/blocking"};
  std::optional<watcher> monitor{std::in_place, s.server, s.server.opened()};
  client.send(client_text("throw"));
  CHECK(client.read_frame() == close_frame(1011));
  const auto crash = monitor->reason().crash();
  CHECK(crash.text == "thrown on the pool");
  const auto callback = "websocket_handle<vaquero::testing::blocking_handler>";
  CHECK_THAT(crash.stack, Catch::Matchers::Contains(callback));
  CHECK(s.server.ended().what == kind::crash);
}

TEST_CASE("what waits for a client that reads again goes out while a callback blocks") {
  blocking_server s{one_loop(), {.queue_bytes_max = 64 << 20}};
  raw_client client{s.server.port(), "/blocking", "", 4096};
  const auto connection = s.server.opened();
  const std::string much(8 << 20, 'x'); // more than kernels take
  send_data(connection, much);
  vaquero::send(connection, note{"block"});
  CHECK(s.plan->entered.pop() == "note block");
  CHECK(client.read_frame() == text_frame(much));
  s.plan->held.open();
  CHECK(client.read_frame() == text_frame("note block"));
}

TEST_CASE("a client that does not read is reset after a blocked callback") {
  blocking_server s{one_loop(), {.send_timeout = 200ms, .queue_bytes_max = 64 << 20}};
  raw_client client{s.server.port(), "/blocking", "", 4096};
  const auto connection = s.server.opened();
  send_data(connection, std::string(8 << 20, 'x'));
  vaquero::send(connection, note{"block"});
  CHECK(s.plan->entered.pop() == "note block");
  s.plan->held.open();
  CHECK(s.server.ended().what == kind::socket_error);
  CHECK(client.wait_for_reset());
}

TEST_CASE("a blocked callback may take longer than idle_timeout") {
  blocking_server s{one_loop(), {.idle_timeout = 1s}};
  auto client = s.blocked();
  raw_client idle{s.server.port(), "/blocking"};
  CHECK(idle.read_frame() == close_frame(1000)); // so a second has passed
  s.plan->held.open();
  CHECK(client.read_frame() == text_frame("block"));
}

TEST_CASE("stop() waits for a blocked callback, then terminates it") {
  blocking_server s;
  auto client = s.blocked();
  raw_client ordinary{s.server.port(), "/echo"};
  stop_while(s.server, [&] {
    CHECK(ordinary.read_frame() == close_frame(1001)); // it is stopping
    ordinary.close();
    s.plan->held.open();
    CHECK(client.read_frame() == text_frame("block"));
    CHECK(client.read_frame() == close_frame(1001));
    CHECK(client.read_end() == raw_client::ending::eof);
    client.close();
  });
  CHECK(s.server.ended() == terminate_reason{.what = kind::exit, .exit = exit_reason::shutdown()});
  CHECK(s.server.told().ends.size() == 0);
}

TEST_CASE("stop() waits longer than its patience for a callback that blocks, not for its peer") {
  auto options = one_loop();
  options.shutdown_timeout = 200ms;
  blocking_server s{options, {.close_timeout = 60s}};
  raw_client lingering{s.server.port(), "/blocking"};
  s.server.opened();
  auto client = s.blocked();
  stop_while(s.server, [&] {
    // The patience is over when the other client, which does not close, is answered with a reset.
    while (lingering.try_send(client_text("unheard"))) {
    }
    CHECK(s.server.ended().exit == exit_reason::shutdown());
    CHECK(s.server.told().ends.size() == 0);
    s.plan->held.open();
  });
  CHECK(s.server.ended().exit == exit_reason::shutdown());
  CHECK(s.server.told().ends.size() == 0);
  CHECK(client.read_end() == raw_client::ending::eof);
}
