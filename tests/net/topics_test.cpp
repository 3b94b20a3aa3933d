// Topics among connections: what reaches whom, in which order, and in how many writes.
#include "tests/support/send_counter.hpp"
#include "tests/support/topic_server.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace vaquero;
using namespace vaquero::testing;

TEST_CASE("a text reaches those who subscribed straight as a frame, on every loop", "[topics]") {
  topic_server server;
  auto one = server.subscriber("room:a");
  auto two = server.subscriber("room/+");
  auto three = server.subscriber("elsewhere");
  publish_data(server.home(), "room/a", "hello");
  publish_data(server.home(), "elsewhere", "\x01", {.type = opcode::binary});
  CHECK(one.client.read_frame() == text_frame("hello"));
  CHECK(two.client.read_frame() == text_frame("hello"));
  CHECK(three.client.read_frame() == server_frame{2, true, "\x01"});
}

TEST_CASE("the message reaches those who subscribed as_message", "[topics]") {
  topic_server server;
  auto one = server.connect();
  one.in([] {
    subscribe("room:a", {.receive = delivery::as_message});
    subscribe("#"); // a message wins against a frame
  });
  publish_data(server.home(), "room/a", "hello", {.key = "k"});
  CHECK(server.event() == "room/a hello text k");
  publish_data(server.home(), "elsewhere", "straight");
  CHECK(one.read() == "straight");
  one.in([] { CHECK_FALSE(subscribe("#", {.receive = delivery::as_message})); });
  publish_data(server.home(), "elsewhere", "seen");
  CHECK(server.event() == "elsewhere seen text ");
}

TEST_CASE("a plain publish always reaches the handler", "[topics]") {
  topic_server server;
  auto one = server.subscriber("a");
  publish(server.home(), "a", shout{"hello"});
  CHECK(server.event() == "shout hello");
}

TEST_CASE("a client's message goes to all, through its connection's callback", "[topics]") {
  topic_server server;
  auto one = server.subscriber("from client");
  auto two = server.subscriber("from:client");
  auto three = server.subscriber("from client");
  one.client.send(client_text("hi"));
  CHECK(one.read() == "hi");
  CHECK(three.read() == "hi");
}

TEST_CASE("except_self leaves out the connection that publishes", "[topics]") {
  topic_server server;
  auto one = server.subscriber("a");
  auto other_loop = server.subscriber("a");
  auto same_loop = server.subscriber("a");
  one.in([] {
    subscribe("+");
    publish_data("a", "for others", {.except_self = true});
    publish_data("a", "for all");
  });
  CHECK(one.read() == "for all");
  for (auto* each : {&other_loop, &same_loop}) {
    CHECK(each->read() == "for others");
    CHECK(each->read() == "for all");
  }
}

// -- order ----------------------------------------------------------------------------------------------

TEST_CASE("what a callback publishes and replies arrives in that order", "[topics]") {
  topic_server server;
  auto one = server.connect(GENERATE("/", "/blocking"));
  one.in([] {
    subscribe("a");
    publish_data("a", "1");
    topic_verbs::reply("2");
    publish_data("a", "3");
    topic_verbs::reply("4", {.key = "k"});
    publish_data("a", "5");
    publish_data("a", "6");
    send_data(self(), "7");
    unsubscribe("a");
    publish_data("a", "not for it");
    subscribe("a");
    publish_data("a", "8");
    topic_verbs::close(4000);
  });
  for (const auto* expected : {"1", "2", "3", "4", "5", "6", "7", "8"})
    CHECK(one.read() == expected);
  CHECK(one.client.read_frame() == close_frame(4000));
}

TEST_CASE("what anybody sends to a connection comes behind what he published before", "[topics]") {
  topic_server server;
  auto one = server.subscriber("a");
  auto other = server.connect();
  for (int i = 0; i < 1000; ++i) {
    publish_data(server.home(), "a", std::to_string(2 * i));
    send_data(one.connection, std::to_string(2 * i + 1));
  }
  int published = -2;
  for (int i = 0; i < 2000; ++i) {
    const auto got = std::stoi(one.read());
    if (got % 2 != 0) {
      REQUIRE(got < published + 2);
      continue;
    }
    REQUIRE(got == published + 2);
    published = got;
  }
  other.in([to = one.connection] {
    publish_data("a", "from a connection");
    send_data(to, "of another loop");
  });
  CHECK(one.read() == "from a connection");
  CHECK(one.read() == "of another loop");
}

TEST_CASE("all see the publications of several publishers in one order", "[topics]") {
  constexpr int each_publishes = 500;
  topic_server server{{.queue_bytes_max = 64 << 20, .queue_frames_max = 1 << 20}};
  auto one = server.subscriber("a");
  auto other_loop = server.subscriber("a");
  std::thread outside{[&] {
    for (int i = 0; i < each_publishes; ++i)
      publish_data(server.home(), "a", "o" + std::to_string(i));
  }};
  for (auto* each : {&one, &other_loop})
    each->in([name = each == &one ? 'x' : 'y'] {
      for (int i = 0; i < each_publishes; ++i)
        publish_data("a", name + std::to_string(i));
    });
  outside.join();
  int next[3] = {};
  for (int i = 0; i < 3 * each_publishes; ++i) {
    const auto got = one.read();
    REQUIRE(other_loop.read() == got);
    auto& expected = next[got.front() == 'o' ? 0 : got.front() == 'x' ? 1 : 2];
    REQUIRE(got.substr(1) == std::to_string(expected++));
  }
}

TEST_CASE("what is published during a turn leaves in one write a connection", "[topics]") {
  topic_server server;
  auto one = server.subscriber("a");
  auto same_loop = server.connect();
  auto third = server.subscriber("a"); // on one's loop
  publish_data(server.home(), "a", "ready");
  CHECK(one.read() == "ready");
  CHECK(third.read() == "ready");
  const auto before = writes_from_port(server.port());
  third.in([] {
    for (int i = 0; i < 8; ++i)
      publish_data("a", std::to_string(i));
  });
  for (auto* each : {&one, &third})
    for (int i = 0; i < 8; ++i)
      CHECK(each->read() == std::to_string(i));
  CHECK(writes_from_port(server.port()) - before == 2);
  third.in([] { subscribe("b"); });
  one.in([] { // to two topics, and to itself besides
    subscribe("b");
    publish_data("a", "a1");
    publish_data("b", "b1");
    publish_data("a", "a2");
  });
  for (auto* each : {&one, &third})
    for (const auto* expected : {"a1", "b1", "a2"})
      CHECK(each->read() == expected);
  CHECK(writes_from_port(server.port()) - before == 4);
}

// -- last values ----------------------------------------------------------------------------------------

TEST_CASE("a new subscriber gets the last values first, in the way it subscribed", "[topics]") {
  topic_server server;
  publish_data(server.home(), "a", "old", {.retain = retain_policy::keep_last});
  publish_data(server.home(), "a", "last", {.retain = retain_policy::keep_last});
  for (const auto* key : {"x", "y"})
    publish_data(server.home(), "a", key, {.key = key, .retain = retain_policy::keep_last_of_key});
  auto one = server.connect(GENERATE("/", "/blocking"));
  one.in([] {
    subscribe("+");
    publish_data("a", "newer");
  });
  for (const auto* expected : {"last", "x", "y", "newer"})
    CHECK(one.read() == expected);
  one.in([] { subscribe("a", {.receive = delivery::as_message}); });
  CHECK(server.event() == "a last text ");
  CHECK(server.event() == "a x text x");
  CHECK(server.event() == "a y text y");
}

TEST_CASE("a last value comes behind what another filter has brought before", "[topics]") {
  topic_server server;
  auto one = server.connect();
  one.in([] {
    subscribe("prices/#");
    for (const auto* price : {"1", "2"})
      publish_data("prices/EUR", price, {.retain = retain_policy::keep_last});
    subscribe("prices/EUR");
    publish_data("prices/EUR", "3");
  });
  for (const auto* expected : {"1", "2", "2", "3"})
    CHECK(one.read() == expected);
}

TEST_CASE("an empty text clears the last value, and reaches who is there", "[topics]") {
  topic_server server;
  auto one = server.subscriber("a");
  publish_data(server.home(), "a", "kept", {.retain = retain_policy::keep_last});
  publish_data(server.home(), "a", "", {.retain = retain_policy::keep_last});
  CHECK(one.read() == "kept");
  CHECK(one.read() == "");
  CHECK(info_of_topic(server.home(), "a")->retained == 0);
  auto two = server.subscriber("a");
  publish_data(server.home(), "a", "newer");
  CHECK(two.read() == "newer");
}

// -- ends, errors, bounds -------------------------------------------------------------------------------

TEST_CASE("who leaves is gone from every topic, the others stay", "[topics]") {
  topic_server server;
  auto one = server.subscriber("a");
  auto two = server.subscriber("a");
  one.in([] {
    subscribe("#");
    subscribe("b");
  });
  CHECK(subscriber_count(server.home(), "a") == 2);
  two.in([of = one.connection] { monitor(of); });
  one.client.close();
  CHECK(server.event().starts_with("terminate "));
  CHECK(server.event() == "down");
  CHECK(topics(server.home()) == std::vector<std::string>{"a"});
  CHECK(subscriber_count(server.home(), "a") == 1);
  publish_data(server.home(), "a", "still here");
  CHECK(two.read() == "still here");
}

TEST_CASE("before the handshake is answered nobody subscribes straight", "[topics]") {
  struct early final : reporter<published_data> {
    using reporter::reporter;
    upgrade init(const request&) override {
      CHECK_THROWS_AS(subscribe("a"), std::logic_error);
      subscribe("a", {.receive = delivery::as_message});
      return accept();
    }
    void websocket_info(const published_data& got) override { tell(got.data); }
  };
  test_server server;
  server.reports<early>("/");
  server.start();
  raw_client client{server.port(), "/"};
  publish_data(server.home(), "a", "hello");
  CHECK(server.event() == "hello");
}

TEST_CASE("what publish_data refuses", "[topics]") {
  topic_server server;
  auto& home = server.home();
  CHECK_THROWS_AS(publish_data(home, "a/#", ""), std::invalid_argument);
  CHECK_THROWS_AS(publish_data(home, "a", "", {.type = opcode::close}), std::invalid_argument);
  CHECK_THROWS_AS(publish_data(home, "a", std::string(126, 'x'), {.type = opcode::ping}),
                  std::invalid_argument);
  CHECK_THROWS_AS(publish_data(home, "a", "", {.type = opcode::ping, .key = "k"}),
                  std::invalid_argument);
  CHECK_THROWS_AS(publish_data(home, "a", "", {.retain = retain_policy::keep_last_of_key}),
                  std::invalid_argument);
}

TEST_CASE("publishing stops where a blocked loop has waiting_bytes_max waiting", "[topics]") {
  const data_publication one_byte{"a", "x", {}};
  topic_server server{{}, {.waiting_bytes_max = 3 * one_byte.held()}};
  auto one = server.subscriber("a");
  std::promise<void> entered;
  std::promise<void> release;
  tell(one.connection, [&] {
    entered.set_value();
    release.get_future().wait();
  });
  entered.get_future().wait();
  for (int i = 0; i < 3; ++i)
    publish_data(server.home(), "a", std::to_string(i));
  CHECK_THROWS_AS(publish_data(server.home(), "a", "3"), topic_limit);
  publish_data(server.home(), "b", "nobody's");
  release.set_value();
  for (int i = 0; i < 3; ++i)
    CHECK(one.read() == std::to_string(i));
  one.in([] {});
  publish_data(server.home(), "a", "again");
  CHECK(one.read() == "again");
}
