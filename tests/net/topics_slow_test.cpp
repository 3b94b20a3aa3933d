// Topics and clients that do not keep up, or whose callbacks are on the pool; and compressed ones.
#include "net/websocket/deflate_pool.hpp"
#include "tests/support/deflate_streams.hpp"
#include "tests/support/topic_server.hpp"

#include <catch2/catch.hpp>

#include <optional>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

const std::string& huge() {
  static const std::string bytes(16 << 20, 'x'); // more than a kernel ever takes
  return bytes;
}

/// Returns when the kernel has been asked to take a frame, which it does not take whole.
void block(topic_client& client) {
  client.in([] { topic_verbs::reply(huge()); });
  while (client.in([] { return topic_verbs::queue().bytes; }) >= huge().size()) {
  }
}

websocket_options ten_frames(queue_policy policy) {
  return {.queue_bytes_max = 64 << 20, .queue_frames_max = 10, .queue_policy = policy};
}

void publish_numbers(int first, int last, std::string_view key = {}) {
  for (int i = first; i <= last; ++i)
    publish_data("a", std::to_string(i), {.key = key});
}

/// Keeps a connection inside a callback until it is released.
class held_callback {
 public:
  explicit held_callback(const pid& connection) {
    tell(connection, [entered = entered_, open = open_.get_future().share()] {
      entered->set_value();
      open.wait();
    });
    entered_->get_future().wait();
  }
  void release() { open_.set_value(); }

 private:
  std::shared_ptr<std::promise<void>> entered_ = std::make_shared<std::promise<void>>();
  std::promise<void> open_;
};

/// A subscriber to "a" whose callback is on the pool until it is let go, and one that hears the same on the
/// same loop: what that one has read, the other's loop has taken.
struct held_subscriber {
  explicit held_subscriber(const websocket_options& options) : server(options) {
    one.in([] { subscribe("a"); });
    one.in([] {}); // when that is done
    held.emplace(one.connection);
  }

  topic_server server;
  topic_client one = server.connect("/blocking");
  topic_client other_loop = server.connect();
  topic_client same_loop = server.subscriber("a");
  std::optional<held_callback> held;
};

} // namespace

TEST_CASE("a client that does not keep up gets the newest of each key", "[topics]") {
  topic_server server{ten_frames(queue_policy::keep_latest)};
  auto slow = server.subscriber("a", 4096);
  auto quick = server.subscriber("a");
  block(slow);
  slow.in([] {
    publish_numbers(1, 100, "x");
    publish_numbers(101, 200, "y");
  });
  CHECK(slow.in([] { return topic_verbs::queue().dropped; }) == 198);
  CHECK(info_of_topic(server.home(), "a")->dropped == 198);
  CHECK(info_of_topic(server.home(), "a")->published == 200);
  for (int i = 1; i <= 200; ++i)
    REQUIRE(quick.read() == std::to_string(i));
  CHECK(slow.read().size() == huge().size());
  CHECK(slow.read() == "100");
  CHECK(slow.read() == "200");
}

TEST_CASE("a full queue drops what is published, and the topic counts it", "[topics]") {
  const auto policy = GENERATE(queue_policy::drop_newest, queue_policy::drop_oldest);
  topic_server server{ten_frames(policy)};
  auto slow = server.subscriber("a", 4096);
  block(slow);
  slow.in([] { publish_numbers(1, 10); });
  CHECK(info_of_topic(server.home(), "a")->dropped == 0);
  slow.in([] { publish_numbers(11, 11); });
  CHECK(info_of_topic(server.home(), "a")->dropped == 1);
  CHECK(slow.read().size() == huge().size());
  const int first = policy == queue_policy::drop_newest ? 1 : 2;
  for (int i = first; i < first + 10; ++i)
    CHECK(slow.read() == std::to_string(i));
}

TEST_CASE("a full queue closes where the policy says so, and the others go on", "[topics]") {
  topic_server server{ten_frames(queue_policy::close)};
  auto slow = server.subscriber("a", 4096);
  auto other_loop = server.subscriber("a");
  auto same_loop = server.subscriber("a");
  block(slow);
  same_loop.in([] { publish_numbers(1, 11); });
  CHECK(server.event() == "terminate stop");
  CHECK(slow.read().size() == huge().size());
  CHECK(slow.client.read_frame() == close_frame(1013, "too slow"));
  publish_data(server.home(), "a", "12");
  for (auto* each : {&other_loop, &same_loop})
    for (int i = 1; i <= 12; ++i)
      REQUIRE(each->read() == std::to_string(i));
}

TEST_CASE("a frame of which the kernel takes a part arrives whole", "[topics]") {
  topic_server server{{.queue_bytes_max = 64 << 20}};
  auto one = server.subscriber("a", 4096);
  auto same_loop = server.connect();
  auto two = server.subscriber("a", 4096);
  two.in([] {
    publish_data("a", "first");
    publish_data("a", huge());
    publish_data("a", "behind it");
  });
  two.in([] { publish_data("a", "last"); });
  for (auto* each : {&one, &two}) {
    CHECK(each->read() == "first");
    CHECK(each->read() == huge());
    CHECK(each->read() == "behind it");
    CHECK(each->read() == "last");
  }
}

// -- callbacks on the pool ------------------------------------------------------------------------------

TEST_CASE("what is published during a blocking callback comes when it is over", "[topics]") {
  topic_server server{ten_frames(queue_policy::close)};
  auto one = server.connect("/blocking");
  one.in([] { subscribe("a"); });
  one.in([] {}); // when that is done
  held_callback held{one.connection};
  for (int i = 1; i <= 10; ++i)
    publish_data(server.home(), "a", std::to_string(i));
  held.release();
  for (int i = 1; i <= 10; ++i)
    CHECK(one.read() == std::to_string(i));
}

TEST_CASE("during a blocking callback the bounds and the policy of the queue hold", "[topics]") {
  const auto policy = GENERATE(queue_policy::close, queue_policy::drop_newest,
                               queue_policy::drop_oldest, queue_policy::keep_latest);
  held_subscriber s{ten_frames(policy)};
  auto& [server, one, other_loop, same_loop, held] = s;
  same_loop.in([] { publish_numbers(1, 25, "k"); });
  for (int i = 1; i <= 25; ++i) // the loop has taken them
    REQUIRE(same_loop.read() == std::to_string(i));
  held->release();
  switch (policy) {
    case queue_policy::close:
      CHECK(one.client.read_frame() == close_frame(1013, "too slow"));
      CHECK(server.event() == "terminate stop");
      return;
    case queue_policy::drop_newest:
      for (int i = 1; i <= 10; ++i)
        CHECK(one.read() == std::to_string(i));
      break;
    case queue_policy::drop_oldest:
      for (int i = 16; i <= 25; ++i)
        CHECK(one.read() == std::to_string(i));
      break;
    case queue_policy::keep_latest: CHECK(one.read() == "25"); break;
  }
  CHECK(info_of_topic(server.home(), "a")->dropped ==
        (policy == queue_policy::keep_latest ? 24 : 15));
}

TEST_CASE("a larger value for a key is bounded while a callback blocks, too", "[topics]") {
  auto options = ten_frames(queue_policy::keep_latest);
  options.queue_bytes_max = 1'000;
  held_subscriber s{options};
  auto& [server, one, other_loop, same_loop, held] = s;
  publish_data(server.home(), "a", "small", {.key = "x"});
  publish_data(server.home(), "a", "small", {.key = "y"});
  publish_data(server.home(), "a", std::string(1'000, 'l'), {.key = "x"});
  for (int i = 0; i < 3; ++i)
    same_loop.read(); // the loop has taken them
  held->release();
  CHECK(one.client.read_frame() == close_frame(1013, "too slow"));
}

TEST_CASE("a ping that waits for a blocking callback is not dropped", "[topics]") {
  const auto policy = GENERATE(queue_policy::drop_newest, queue_policy::drop_oldest);
  held_subscriber s{ten_frames(policy)};
  auto& [server, one, other_loop, same_loop, held] = s;
  same_loop.in([policy] {
    if (policy == queue_policy::drop_newest) publish_numbers(1, 10);
    publish_data("a", "are you there?", {.type = opcode::ping});
    if (policy == queue_policy::drop_oldest) publish_numbers(1, 20);
  });
  for (int i = 0; i < (policy == queue_policy::drop_oldest ? 21 : 11); ++i)
    same_loop.read();
  held->release();
  const auto first = policy == queue_policy::drop_oldest ? 12 : 1;
  const server_frame ping{9, true, "are you there?"};
  if (policy == queue_policy::drop_oldest) CHECK(one.client.read_frame() == ping);
  for (int i = first; i < first + (policy == queue_policy::drop_oldest ? 9 : 10); ++i)
    CHECK(one.read() == std::to_string(i));
  if (policy == queue_policy::drop_newest) CHECK(one.client.read_frame() == ping);
}

// -- compression ----------------------------------------------------------------------------------------

TEST_CASE("publications are compressed once for each form, and short ones not at all", "[topics]") {
  const data_publication large{"a", std::string(1000, 'x'), {}};
  const data_publication small{"a", "short", {.key = "k"}};
  deflate_pool pool;
  frame_forms forms{{&large, &small}};
  const deflate_options options;
  const auto& batch = forms.compressed({options, 128, 15}, pool);
  CHECK(&forms.compressed({options, 128, 15}, pool) == &batch);
  CHECK(&forms.compressed({options, 128, 14}, pool) != &batch);
  CHECK(&forms.compressed({options, 2000, 15}, pool) != &batch);
  REQUIRE(batch.frames.size() == 2);
  CHECK(batch.frames[0].type == with_rsv1(opcode::text));
  CHECK(batch.payload(batch.frames[0]).size() < 50);
  CHECK(batch.frames[1].type == opcode::text);
  CHECK(batch.payload(batch.frames[1]) == "short");
  CHECK(batch.frames[1].key == "k");
  CHECK(forms.plain().bytes.size() == large.frame().size() + small.frame().size());
  CHECK(forms.compressed({options, 2000, 15}, pool).bytes == forms.plain().bytes);
}

TEST_CASE("what a compressed connection publishes and then replies comes whole, in that order",
          "[topics]") {
  const bool keeps_context = GENERATE(false, true);
  websocket_options options{.compress = true};
  options.deflate.server_context_takeover = keeps_context;
  topic_server server{options};
  raw_client client{server.port()};
  client.send(upgrade_request("/", "13\r\nSec-WebSocket-Extensions: permessage-deflate"));
  client.read_head();
  topic_client one{std::move(client), server.connection()};
  const std::string first(90'000, 'p');
  const std::string second = repetitive_text(50'000, 1'000);
  one.in([&] {
    subscribe("a");
    publish_data("a", first);
    topic_verbs::reply(second);
  });
  peer_inflater inflater;
  for (const auto& expected : {first, second}) {
    const auto frame = one.client.read_frame();
    CHECK(frame.rsv1);
    CHECK(inflater.message(frame.payload) == expected);
  }
}
