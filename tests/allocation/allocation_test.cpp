// What a frame costs in allocations, on the thread of its loop, once buffers have grown: none. A loop that
// falls asleep makes one, Asio's, so what is counted is done in few turns. This program's operator new
// counts for each thread.
#include "tests/allocation/counting_new.hpp"
#include "tests/support/topic_server.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

/// Far more than there are.
constexpr std::size_t sleeps_max = 100;

struct tick {
  int number;
};

class counted final : public reporter<order, tick> {
 public:
  using reporter::reporter;

  void websocket_handle(const frame& in) override { reply(in.payload()); }
  void websocket_info(const order& given) override { given.what(); }
  void websocket_info(const tick& at) override {
    if (at.number == 0) reply("the last");
  }
};

struct counted_server : test_server {
  counted_server() : test_server({.listen = "127.0.0.1:0", .loops = 1}) {
    reports<counted>("/");
    start();
  }
  topic_client connect() {
    raw_client client{port(), "/"};
    return {std::move(client), connection()};
  }
};

/// What the loop's thread has allocated; one look allocates always the same.
std::size_t look(topic_client& on) {
  return on.in([] { return test::allocations(); });
}

/// What the loop's thread allocates while `what` is done, beyond what looking does.
template <class Function>
std::size_t allocations_of(topic_client& on, Function what) {
  const auto first = look(on);
  const auto second = look(on);
  what();
  return look(on) - second - (second - first);
}

} // namespace

TEST_CASE("an echo allocates nothing", "[allocation]") {
  counted_server server;
  auto one = server.connect();
  std::string frames;
  for (int i = 0; i < 300; ++i)
    frames += client_text(std::string(100, 'x'));
  auto echo = [&] {
    one.client.send(frames);
    for (int i = 0; i < 300; ++i)
      one.client.read_frame();
  };
  echo();
  CHECK(allocations_of(one, echo) <= sleeps_max);
}

TEST_CASE("a message in a mailbox is handled without an allocation", "[allocation]") {
  counted_server server;
  auto one = server.connect();
  auto send_some = [&] {
    std::promise<void> all_sent;
    tell(one.connection, [&] { all_sent.get_future().wait(); });
    for (int i = 299; i >= 0; --i)
      send(one.connection, tick{i});
    all_sent.set_value();
    one.client.read_frame();
  };
  send_some();
  CHECK(allocations_of(one, send_some) <= sleeps_max);
}

TEST_CASE("fan-out allocates for each publication, and nothing for a frame", "[allocation]") {
  counted_server server;
  auto publisher = server.connect();
  std::vector<topic_client> subscribers;
  auto publish_some = [&] {
    publisher.in([] {
      for (int i = 0; i < 100; ++i)
        publish_data("news", "something that is longer than a short string");
    });
    for (auto& each : subscribers)
      for (int i = 0; i < 100; ++i)
        each.read();
  };
  auto subscribe_one = [&] {
    subscribers.push_back(server.connect());
    subscribers.back().in([] { subscribe("news"); });
  };
  subscribe_one();
  publish_some();
  const auto for_one = allocations_of(publisher, publish_some);
  CHECK(for_one <= 100 * 8 + sleeps_max);
  for (int i = 0; i < 30; ++i)
    subscribe_one();
  publish_some();
  CHECK(allocations_of(publisher, publish_some) <= for_one + sleeps_max); // 3,000 frames more
}
