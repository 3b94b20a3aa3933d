// What waits for a client that does not read: how much may, and what happens to the rest.
#include "tests/support/slow_client.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace vaquero;
using namespace vaquero::testing;

namespace {

constexpr std::size_t roomy = 64 << 20;
constexpr std::size_t header = 2; // of a small frame

/// Room for ten frames behind the one that is begun.
websocket_options ten_frames(queue_policy policy) {
  return {.queue_bytes_max = roomy,
          .queue_frames_max = 10,
          .queue_policy = policy,
          .queue_high_percent = 100};
}

void reply_numbers(int first, int last) {
  for (int i = first; i <= last; ++i)
    queue_listener::reply(std::to_string(i));
}

std::string read_text(raw_client& client) {
  const auto frame = client.read_frame();
  REQUIRE(frame.op == 1);
  return frame.payload;
}

} // namespace

TEST_CASE("queue_frames_max frames may wait, one more closes with 1013", "[queue]") {
  slow_client s{ten_frames(queue_policy::close)};
  s.block();
  s.in([] { reply_numbers(1, 10); });
  CHECK(s.queue().frames == 10);
  CHECK(s.server.seen()->events.size() == 0);
  s.in([] { reply_numbers(11, 11); });
  CHECK(s.server.event() == "terminate stop");
  CHECK(read_text(*s.client) == slow_client::huge()); // begun, so finished
  CHECK(s.client->read_frame() == close_frame(1013, "too slow"));
  CHECK(s.client->read_end() == raw_client::ending::eof);
}

TEST_CASE("queue_close_code is the code of that close", "[queue]") {
  auto options = ten_frames(queue_policy::close);
  options.queue_close_code = 4008;
  slow_client s{options};
  s.block();
  s.in([] { reply_numbers(1, 11); });
  CHECK(read_text(*s.client) == slow_client::huge());
  CHECK(s.client->read_frame() == close_frame(4008, "too slow"));
}

TEST_CASE("queue_bytes_max bytes may wait, one frame more does not", "[queue]") {
  const auto policy = GENERATE(queue_policy::drop_newest, queue_policy::close);
  slow_client s{{.queue_bytes_max = roomy, .queue_policy = policy}};
  s.block();
  const auto full = s.in([] {
    queue_listener::reply("first");
    const auto rest = roomy - queue_listener::queue().bytes;
    queue_listener::reply(std::string(rest - 10, 'y')); // a large frame's header
    return queue_listener::queue();
  });
  CHECK(full.bytes == roomy);
  CHECK(full.dropped == 0);
  s.in([] { queue_listener::reply(""); });
  if (policy == queue_policy::close) {
    CHECK(s.server.event().starts_with("high "));
    CHECK(s.server.event() == "terminate stop");
    return;
  }
  CHECK(s.queue().dropped == 1);
  CHECK(s.queue().bytes <= roomy);
}

TEST_CASE("a frame that finds none waiting is taken, however large", "[queue]") {
  slow_client s{{.queue_bytes_max = 1000}};
  s.block();
  const auto now = s.in([] {
    queue_listener::reply(std::string(2000, 'y'));
    return queue_listener::queue();
  });
  CHECK(now.frames == 1);
  CHECK(s.client->read_frame().payload.size() == slow_client::huge().size());
  CHECK(s.client->read_frame().payload.size() == 2000);
}

TEST_CASE("drop_newest keeps what waits", "[queue]") {
  slow_client s{ten_frames(queue_policy::drop_newest)};
  s.block();
  s.in([] { reply_numbers(1, 25); });
  CHECK(s.queue().frames == 10);
  CHECK(s.queue().dropped == 15);
  CHECK(read_text(*s.client) == slow_client::huge());
  for (int i = 1; i <= 10; ++i)
    CHECK(read_text(*s.client) == std::to_string(i));
  s.in([] { queue_listener::reply("there is room again"); });
  CHECK(read_text(*s.client) == "there is room again");
}

TEST_CASE("drop_oldest keeps what is new", "[queue]") {
  slow_client s{ten_frames(queue_policy::drop_oldest)};
  s.block();
  s.in([] { reply_numbers(1, 10'000); }); // often enough for the buffer to be tidied on the way
  CHECK(s.queue().frames == 10);
  CHECK(s.queue().dropped == 9'990);
  CHECK(read_text(*s.client) == slow_client::huge());
  for (int i = 9'991; i <= 10'000; ++i)
    CHECK(read_text(*s.client) == std::to_string(i));
}

TEST_CASE("pings and pongs are never dropped, and keep their place", "[queue]") {
  const auto policy = GENERATE(queue_policy::drop_newest, queue_policy::drop_oldest);
  slow_client s{ten_frames(policy)};
  s.block();
  s.in([] {
    reply_numbers(1, 5);
    queue_listener::reply("ours", opcode::pong);
    reply_numbers(6, 9);
  });
  s.client->send(client_frame(9, "theirs") + client_frame(9, "and again"));
  s.in([] { queue_listener::reply("mine", opcode::ping); });
  CHECK(read_text(*s.client) == slow_client::huge());
  std::vector<std::string> controls;
  while (controls.size() < 4) {
    const auto frame = s.client->read_frame();
    if (frame.op != 1) controls.push_back(frame.payload);
  }
  std::sort(controls.begin() + 1, controls.end()); // theirs come at any time
  CHECK(controls == std::vector<std::string>{"ours", "and again", "mine", "theirs"});
}

TEST_CASE("twice the bound of pings closes the connection whatever the policy", "[queue]") {
  const auto policy = GENERATE(queue_policy::drop_newest, queue_policy::drop_oldest);
  slow_client s{ten_frames(policy)};
  s.block();
  s.in([] {
    for (int i = 0; i < 20; ++i)
      queue_listener::reply("", opcode::ping);
  });
  CHECK(s.queue().frames == 20);
  s.in([] { queue_listener::reply("", opcode::ping); });
  std::string event;
  do
    event = s.server.event();
  while (event.starts_with("high "));
  CHECK(event == "terminate stop");
}

TEST_CASE("keep_latest replaces the waiting frame of the same key, in its place", "[queue]") {
  slow_client s{ten_frames(queue_policy::keep_latest)};
  s.block();
  s.in([] {
    queue_listener::reply("a 1", {.key = "a"});
    queue_listener::reply("no key");
    queue_listener::reply("b 1", {.key = "b", .type = opcode::binary});
    queue_listener::reply("a 2, longer", {.key = "a"});
    queue_listener::reply("b 2", {.key = "b"});
    queue_listener::reply("a 3", {.key = "a"});
  });
  CHECK(s.queue().frames == 3);
  CHECK(s.queue().dropped == 3);
  CHECK(read_text(*s.client) == slow_client::huge());
  CHECK(s.client->read_frame() == text_frame("a 3"));
  CHECK(s.client->read_frame() == text_frame("no key"));
  CHECK(s.client->read_frame() == text_frame("b 2"));
}

TEST_CASE("what replaces the only frame that waits is taken, however large", "[queue]") {
  slow_client s{{.queue_bytes_max = 1000, .queue_policy = queue_policy::keep_latest}};
  s.block();
  s.in([] {
    queue_listener::reply("small", {.key = "a"});
    queue_listener::reply(std::string(5'000, 'l'), {.key = "a"});
  });
  CHECK(s.queue().frames == 1);
  CHECK(read_text(*s.client) == slow_client::huge());
  CHECK(read_text(*s.client) == std::string(5'000, 'l'));
}

TEST_CASE("keep_latest closes when frames of other keys find no room", "[queue]") {
  slow_client s{ten_frames(queue_policy::keep_latest)};
  s.block();
  s.in([] {
    for (int i = 0; i < 100; ++i)
      queue_listener::reply("new", {.key = "key " + std::to_string(i % 10)});
  });
  CHECK(s.queue().frames == 10);
  CHECK(s.queue().dropped == 90);
  s.in([] { queue_listener::reply("one too many", {.key = "key 10"}); });
  CHECK(read_text(*s.client) == slow_client::huge());
  CHECK(s.client->read_frame() == close_frame(1013, "too slow"));
}

TEST_CASE("a key means nothing where the policy is another", "[queue]") {
  slow_client s{ten_frames(queue_policy::drop_oldest)};
  s.block();
  s.in([] {
    queue_listener::reply("1", {.key = "a"});
    queue_listener::reply("2", {.key = "a"});
  });
  CHECK(s.queue().frames == 2);
}

TEST_CASE("keys keep the order for a client that reads", "[queue]") {
  slow_client s{{.queue_policy = queue_policy::keep_latest}};
  s.in([] {
    queue_listener::reply("one");
    queue_listener::reply("two", {.key = "k"});
    queue_listener::reply("three");
    queue_listener::reply("four", {.key = "l"});
  });
  for (auto* text : {"one", "two", "three", "four"})
    CHECK(read_text(*s.client) == text);
}

TEST_CASE("a kick drops what waits, tracked or not", "[queue]") {
  slow_client s{ten_frames(queue_policy::keep_latest)};
  s.block();
  s.in([] {
    queue_listener::reply("a 1", {.key = "a"});
    queue_listener::reply("a 2", {.key = "a"});
  });
  vaquero::close(s.connection, 4000, "kicked");
  CHECK(read_text(*s.client) == slow_client::huge());
  CHECK(s.client->read_frame() == close_frame(4000, "kicked"));
}

TEST_CASE("the handler hears once that much waits, and once that it is over", "[queue]") {
  auto options = ten_frames(queue_policy::drop_oldest);
  options.queue_high_percent = 80; // 8 frames, or far more bytes than here
  options.queue_low_percent = 20;
  slow_client s{options};
  s.block();
  s.in([] { reply_numbers(1, 8); });
  CHECK(s.queue().frames == 8);
  CHECK(s.server.seen()->events.size() == 0);
  s.in([] { reply_numbers(9, 20); });
  CHECK(s.queue().frames == 10);
  const auto high = s.server.event();
  CHECK_THAT(high, Catch::StartsWith("high ") && Catch::EndsWith(" 9 frames"));
  CHECK(s.server.seen()->events.size() == 0);
  for (int i = 0; i < 11; ++i)
    s.client->read_frame();
  CHECK_THAT(s.server.event(), Catch::StartsWith("low "));
  s.in([] { return queue_listener::queue(); });
  CHECK(s.server.seen()->events.size() == 0);
}

TEST_CASE("connection_query tells what waits and what was dropped", "[queue]") {
  slow_client s{ten_frames(queue_policy::drop_newest)};
  s.block();
  s.in([] { reply_numbers(1, 12); });
  caf::scoped_actor self{s.server.system()};
  self->request(s.connection, patience, connection_query{})
      .receive(
          [](const connection_info& info) {
            CHECK(info.queued_bytes > 10 * header);
            CHECK(info.queued_frames == 10);
            CHECK(info.dropped_frames == 2);
          },
          [](const caf::error&) { FAIL("no answer"); });
}
