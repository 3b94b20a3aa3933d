// Topics as an operator sees them, and the bounds that a server gives them.
#include "net/publish_data.hpp"
#include "server/config.hpp"
#include "server/connection_observer.hpp"
#include "server/topics_page.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/test_server.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace vaquero;
using namespace vaquero::testing;

namespace json = boost::json;

namespace {

json::object get(std::uint16_t port, const std::string& path) {
  raw_client asking{port};
  asking.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto head = asking.read_head();
  REQUIRE(head.starts_with("HTTP/1.1 200 "));
  REQUIRE(head.find("Content-Type: application/json\r\n") != head.npos);
  return json::parse(asking.read_body(head)).as_object();
}

/// The status of a POST.
int post(std::uint16_t port, const std::string& path, const std::string& body = "") {
  raw_client asking{port};
  asking.send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  return asking.read_status();
}

/// Returns when the client has heard what it said itself: then it has subscribed.
void hear_itself(raw_client& peer, const std::string& text) {
  peer.send(client_text(text));
  while (peer.read_frame() != text_frame(text)) {
  }
}

class held_on_pool final : public obedient {
 public:
  static constexpr bool is_blocking = true;
  using obedient::obedient;
};

struct topic_server : server {
  explicit topic_server(topic_options topics = {}, websocket_options options = {})
      : server{{.listen = "127.0.0.1:0", .loops = 2, .topics = topics}} {
    route({.path = "/topic/[...]"}, serve_topics(), options);
    route_topics_page(*this);
    route_connections_page(*this, std::make_shared<connection_observer>(*this));
    start();
  }
  std::uint16_t port() const {
    const auto url = urls().at(0);
    return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }
};

json::object* row_of(json::object& page, std::string_view topic) {
  for (auto& row : page.at("topics").as_array())
    if (row.at("topic").as_string() == topic) return &row.as_object();
  return nullptr;
}

} // namespace

TEST_CASE("/topics lists each topic with what it has, and a topic that has lost its last no more") {
  topic_server tested;
  CHECK(get(tested.port(), "/topics") == json::object{{"count", 0}, {"topics", json::array{}}});
  {
    raw_client one{tested.port(), "/topic/a"};
    raw_client two{tested.port(), "/topic/a"};
    raw_client other{tested.port(), "/topic/b"};
    hear_itself(one, "one");
    hear_itself(two, "two");
    hear_itself(other, "other");
    CHECK(post(tested.port(), "/topic/a?retain", "four") == 204);
    auto page = get(tested.port(), "/topics");
    CHECK(page.at("count") == 2);
    auto* row = row_of(page, "a");
    REQUIRE(row);
    CHECK(row->at("retained_bytes").as_int64() >= 4); // what holds the value counts as well
    row->erase("retained_bytes");
    CHECK(
        *row ==
        json::object{
            {"topic", "a"}, {"subscribers", 2}, {"published", 3}, {"dropped", 0}, {"retained", 1}});
    REQUIRE(row_of(page, "b"));
    CHECK(row_of(page, "b")->at("published") == 1);
  }
  while (get(tested.port(), "/topics").at("count") != 0) {
  }
}

TEST_CASE(
    "/connections counts the frames that a topic's slow subscriber lost, and so does /topics") {
  topic_server tested{{}, {.queue_frames_max = 1, .queue_policy = queue_policy::drop_newest}};
  raw_client slow{tested.port(), "/topic/a", "", 4096};
  hear_itself(slow, "here");
  const std::string large(1'000'000, 'x');
  for (int i = 0; i < 20; ++i)
    CHECK(post(tested.port(), "/topic/a", large) == 204);
  // The loop of the connection delivers what was posted before it answers the second time.
  std::int64_t dropped = 0;
  for (int i = 0; i < 2; ++i) {
    const auto rows = get(tested.port(), "/connections").at("connections").as_array();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].at("route") == "/topic/[...]");
    CHECK(rows[0].at("subscriptions") == 1);
    dropped = rows[0].at("dropped_frames").as_int64();
  }
  CHECK(dropped > 0);
  CHECK(dropped <= 20);
  auto page = get(tested.port(), "/topics");
  REQUIRE(row_of(page, "a"));
  CHECK(row_of(page, "a")->at("dropped") == dropped);
}

TEST_CASE("the bounds of a server's topics are refused with a status") {
  topic_server tested{{.name_bytes_max = 5, .levels_max = 2, .retained_max = 1}};
  CHECK(post(tested.port(), "/topic/a/bcd") == 204);
  CHECK(post(tested.port(), "/topic/a/bcde") == 400);
  CHECK(post(tested.port(), "/topic/a/b/c") == 400);
  CHECK(post(tested.port(), "/topic/a?retain", "kept") == 204);
  CHECK(post(tested.port(), "/topic/b?retain", "one too many") == 503);
  CHECK(post(tested.port(), "/topic/b", "not kept") == 204);
  CHECK(post(tested.port(), "/topic/a?retain", "instead") == 204);
}

TEST_CASE("what a POST retains its query says, and what says neither yes nor no is a 400") {
  topic_server tested{{.retained_max = 1}};
  CHECK(post(tested.port(), "/topic/a?retain", "kept") == 204);
  for (const char* yes : {"retain", "retain=", "retain=1", "retain=true"}) {
    CAPTURE(yes);
    CHECK(post(tested.port(), "/topic/b?" + std::string{yes}, "one too many") == 503);
  }
  for (const char* no : {"", "retain=0", "retain=false", "key=k"}) {
    CAPTURE(no);
    CHECK(post(tested.port(), "/topic/b?" + std::string{no}, "not kept") == 204);
  }
  for (const char* neither : {"retain=no", "retain=2", "retain=TRUE", "retain=false%20"}) {
    CAPTURE(neither);
    CHECK(post(tested.port(), "/topic/b?" + std::string{neither}, "refused") == 400);
  }
}

TEST_CASE("/connections counts those that do not answer, for they are in a callback") {
  test_server server;
  server.reports<held_on_pool>("/");
  route_connections_page(server, std::make_shared<connection_observer>(server));
  server.start();
  raw_client client{server.port(), "/"};
  std::promise<void> leave;
  tell(server.connection(), [&] { leave.get_future().wait(); });
  const auto page = get(server.port(), "/connections");
  CHECK(page.at("count") == 1);
  CHECK(page.at("connections").as_array().empty());
  leave.set_value();
}

TEST_CASE("/connections and /topics are for this machine: no proxy, and no page of another host") {
  topic_server tested;
  for (const std::string path : {"/connections", "/topics"}) {
    for (const auto& [header, status] : {std::pair{"", 200},
                                         {"Origin: http://localhost\r\n", 200},
                                         {"Origin: http://evil.example\r\n", 403},
                                         {"Forwarded: for=192.0.2.1\r\n", 403},
                                         {"X-Forwarded-For: 192.0.2.1\r\n", 403}}) {
      CAPTURE(path, header);
      raw_client asking{tested.port()};
      asking.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n");
      CHECK(asking.read_status() == status);
    }
  }
}

TEST_CASE("what [status] has below its path shows the server that reads it") {
  status_pages status;
  auto read = read_config("[status]\npath = \"/ops\"\n[[route]]\npath = \"/[...]\"\n"
                          "handler = \"topic\"\n",
                          "f.toml", {serve_topics()}, status);
  REQUIRE(read.faults.empty());
  test_server tested;
  serve_topics().register_messages(tested.config());
  status.show(tested);
  tested.use(std::move(read.routes));
  tested.start();
  raw_client peer{tested.port(), "/a"};
  hear_itself(peer, "here");
  CHECK(get(tested.port(), "/ops/topics").at("count") == 1);
  CHECK(get(tested.port(), "/ops/connections").at("count") == 1);
}

TEST_CASE("a topic may be published to by the program itself") {
  topic_server tested;
  raw_client peer{tested.port(), "/topic/a"};
  hear_itself(peer, "here");
  publish_data(tested.home(), "a", "by the program");
  CHECK(peer.read_frame() == text_frame("by the program"));
}

TEST_CASE("only a handler's path that takes others answers them, and an upgrade is no POST") {
  topic_server tested;
  raw_client asking{tested.port()};
  auto handshake = upgrade_request("/topic/a");
  handshake.replace(0, 3, "POST");
  asking.send(handshake);
  CHECK(asking.read_status() == 400); // and it is the last: what follows may be frames
  CHECK(asking.read_end() == raw_client::ending::eof);
}
