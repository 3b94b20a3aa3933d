// What a frame costs in allocations, on the thread of its loop, once buffers have grown: none, whether the
// loop sleeps between frames or not. This program's operator new counts for each thread.
#include "tests/allocation/counting_new.hpp"
#include "tests/support/topic_server.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

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

/// What the loop's thread has allocated.
std::size_t look(topic_client& on) {
  return on.in([] { return test::allocations(); });
}

/// What is allocated once and kept falls into one round or another, what each frame costs into all.
template <class Function>
std::size_t least_of_rounds(Function round) {
  auto least = round();
  for (int i = 0; i < 4; ++i)
    least = std::min(least, round());
  return least;
}

/// What the loop's thread allocates while `what` is done, and for the look.
template <class Function>
std::size_t allocations_of(topic_client& on, Function what) {
  return least_of_rounds([&] {
    const auto before = look(on);
    what();
    return look(on) - before;
  });
}

} // namespace

TEST_CASE("an echo allocates nothing", "[allocation]") {
  counted_server server;
  auto one = server.connect();
  std::string frames; // fewer bytes than an outbox keeps room for
  for (int i = 0; i < 100; ++i)
    frames += client_text(std::string(100, 'x'));
  auto echo = [&] {
    one.client.send(frames);
    for (int i = 0; i < 100; ++i)
      one.client.read_frame();
  };
  CHECK(allocations_of(one, echo) == 0);
}

TEST_CASE("a loop that sleeps before each frame allocates nothing", "[allocation]") {
  counted_server server;
  auto one = server.connect();
  auto echo = [&] {
    for (int i = 0; i < 300; ++i) {
      one.client.send(client_text("each is answered before the next is sent"));
      one.client.read_frame();
    }
  };
  CHECK(allocations_of(one, echo) == 0);
}

TEST_CASE("what another thread sends allocates nothing on the loop", "[allocation]") {
  counted_server server;
  auto one = server.connect();
  const std::string data(100, 'x');
  auto send_some = [&] {
    for (int i = 0; i < 300; ++i) {
      send_data(one.connection, data);
      one.client.read_frame();
    }
  };
  CHECK(allocations_of(one, send_some) == 0);
  const auto of_sender = least_of_rounds([&] {
    const auto before = test::allocations();
    send_data(one.connection, data);
    return test::allocations() - before;
  });
  CHECK(of_sender == 1); // the data; its mail is recycled
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
  CHECK(allocations_of(one, send_some) == 0);
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
  const auto for_one = allocations_of(publisher, publish_some);
  CHECK(for_one <= 100 * 8);
  for (int i = 0; i < 30; ++i)
    subscribe_one();
  CHECK(allocations_of(publisher, publish_some) <= for_one); // 3,000 frames more
}
