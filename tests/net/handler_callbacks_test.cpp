// The callbacks of an open connection, and the answers to requests.
#include "tests/support/test_server.hpp"
#include "tests/support/websocket_client.hpp"

#include <caf/scoped_actor.hpp>
#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace vaquero;
using namespace vaquero::testing;

namespace {

struct note {
  std::string body;
};
struct question {
  int number;
};
struct stranger {
  int number;
};

/// Greets, and says what it gets.
class talkative : public reporter<note, question, std::string> {
 public:
  using reporter::reporter;

  void websocket_init() override { reply("welcome"); }
  void websocket_handle(const frame& in) override {
    static const char* words[] = {"text ", "binary ", "ping ", "pong "};
    const int which = in.is_text() ? 0 : in.is_binary() ? 1 : in.is_ping() ? 2 : 3;
    reply(words[which] + in.text());
  }
  void websocket_info(const note& n) override { reply("note " + n.body); }
  void websocket_info(const question& q) override {
    if (q.number < 0) throw std::runtime_error{"a negative number"};
    if (q.number == 0) return;
    respond(q.number * 2);
    respond(0); // once is enough
  }
  void websocket_info(const std::string& text) override { reply("string " + text); }
  void terminate(const terminate_reason& why) override {
    reply("what terminate sends is not sent");
    tell("terminate " + to_string(why));
  }
};

class catch_all : public reporter<note> {
 public:
  using reporter::reporter;
  void websocket_info(const note&) override { tell("note"); }
  void websocket_info_other(const caf::message& other) override {
    tell("other " + caf::to_string(other));
    if (other.match_elements<int>()) respond(other.get_as<int>(0) + 1);
  }
};

/// The same on the pool.
class slow_talker : public talkative {
 public:
  using talkative::talkative;
  static constexpr bool is_blocking = true;
};

/// Throws where it is told to.
class clumsy : public reporter<> {
 public:
  clumsy(std::shared_ptr<journal> to, std::string where)
      : reporter(std::move(to)), where_(std::move(where)) {}
  void websocket_init() override { stumble("websocket_init"); }
  void websocket_handle(const frame&) override { stumble("websocket_handle"); }
  void terminate(const terminate_reason& why) override {
    reporter::terminate(why);
    stumble("terminate");
  }

 private:
  void stumble(const std::string& here) {
    if (here == where_) throw std::runtime_error{"stumbled in " + here};
  }
  std::string where_;
};

/// The answer to a request, in words.
template <class... Message>
std::string ask(caf::actor_system& system, const pid& whom, Message... message) {
  caf::scoped_actor self{system};
  std::string answer;
  self->request(whom, patience, message...)
      .receive([&](int number) { answer = std::to_string(number); },
               [&](const caf::error& error) { answer = system.render(error); });
  return answer;
}
template <class Message>
bool is_answered_empty(caf::actor_system& system, const pid& whom, Message message) {
  caf::scoped_actor self{system};
  bool is_empty = false;
  self->request(whom, patience, message)
      .receive([&] { is_empty = true; },
               [&](const caf::error& error) { FAIL(system.render(error)); });
  return is_empty;
}

template <class Handler>
struct served {
  template <class... Args>
  explicit served(Args... args) {
    server.reports<Handler>("/", std::move(args)...);
    server.start();
  }
  test_server server;
};

} // namespace

TEST_CASE("websocket_init may send", "[callbacks]") {
  served<talkative> with;
  websocket_client client{with.server.port()};
  CHECK(client.next() == "text welcome");
}

TEST_CASE("websocket_handle gets texts, binaries, pings and pongs", "[callbacks]") {
  served<talkative> with;
  websocket_client client{with.server.port()};
  client.text("t");
  client.text("");
  client.binary("b");
  client.pong("o");
  client.ping("i"); // its pong comes before what the callback sends
  client.ping("");
  for (auto* expected : {"text welcome", "text text t", "text text ", "text binary b",
                         "text pong o", "pong i", "text ping i", "pong ", "text ping "})
    CHECK(client.next() == expected);
}

TEST_CASE("websocket_info has a clause for each message", "[callbacks]") {
  served<talkative> with;
  websocket_client client{with.server.port()};
  const auto connection = with.server.connection();
  send(connection, note{"a"});
  send(connection, std::string{"b"});
  send(connection, stranger{1}); // not listed: dropped
  send(connection, question{1}); // nobody asked: nobody is answered
  send(connection, note{"c"});
  for (auto* expected : {"text welcome", "text note a", "text string b", "text note c"})
    CHECK(client.next() == expected);
}

TEST_CASE("websocket_info_other gets every message that is not listed", "[callbacks]") {
  served<catch_all> with;
  websocket_client client{with.server.port()};
  const auto connection = with.server.connection();
  send(connection, note{});
  send(connection, 7);
  caf::anon_send(connection, 1, std::string{"two"});
  CHECK(with.server.event() == "note");
  CHECK(with.server.event() == "other (7)");
  CHECK(with.server.event() == "other (1, \"two\")");
  CHECK(ask(with.server.system(), connection, 41) == "42");
  CHECK(with.server.event() == "other (41)");
}

TEMPLATE_TEST_CASE("a request to a connection is answered", "[callbacks]", talkative, slow_talker) {
  served<TestType> with;
  websocket_client client{with.server.port()};
  const auto connection = with.server.connection();
  auto& system = with.server.system();
  CHECK(ask(system, connection, question{21}) == "42");
  CHECK(is_answered_empty(system, connection, question{0}));
  CHECK(is_answered_empty(system, connection, note{"n"}));
  CHECK(ask(system, connection, stranger{1}) ==
        system.render(make_error(caf::sec::unexpected_message)));
}

TEMPLATE_TEST_CASE("a request that crashes the connection is answered with an error", "[callbacks]",
                   talkative, slow_talker) {
  served<TestType> with;
  websocket_client client{with.server.port()};
  const auto connection = with.server.connection();
  auto& system = with.server.system();
  const auto gone = system.render(make_error(caf::sec::request_receiver_down));
  CHECK(ask(system, connection, question{-1}) == gone);
  CHECK(with.server.event() == "terminate crash std::runtime_error: a negative number");
  CHECK(ask(system, connection, question{1}) == gone);
}

TEST_CASE("terminate is called once, with the reason", "[callbacks]") {
  served<talkative> with;
  auto client = std::make_unique<websocket_client>(with.server.port());
  const auto connection = with.server.connection();
  CHECK(client->next() == "text welcome");
  SECTION("a close without a code") {
    CHECK(client->close(0) == "close");
    CHECK(with.server.event() == "terminate remote");
  }
  SECTION("a close with a code and a reason") {
    CHECK(client->close(4001, "bye") == "close 4001");
    CHECK(with.server.event() == "terminate remote 4001 \"bye\"");
  }
  SECTION("a client that leaves") {
    client->leave();
    CHECK(with.server.event() == "terminate closed");
  }
  SECTION("a client that resets") {
    client->reset();
    CHECK(with.server.event() == "terminate closed");
  }
  SECTION("a close from elsewhere") {
    vaquero::close(connection, 4002, "kicked");
    CHECK(client->next() == "close 4002 kicked");
    CHECK(with.server.event() == "terminate stop");
  }
  SECTION("an exit signal") {
    vaquero::exit(connection, exit_reason::kill());
    CHECK(client->next() == "close 1001");
    CHECK(with.server.event() == "terminate exit killed");
  }
  with.server.stop();
  CHECK(with.server.seen()->events.size() == 0);
}

TEST_CASE("an exception in a callback closes with 1011", "[callbacks]") {
  const std::string where = GENERATE("websocket_init", "websocket_handle");
  served<clumsy> with{where};
  websocket_client client{with.server.port()};
  client.text("go on");
  CHECK(client.next() == "close 1011");
  CHECK(with.server.event() == "terminate crash std::runtime_error: stumbled in " + where);
}

TEST_CASE("an exception in terminate changes nothing", "[callbacks]") {
  served<clumsy> with{std::string{"terminate"}};
  websocket_client client{with.server.port()};
  caf::scoped_actor observer{with.server.system()};
  observer->monitor(with.server.connection());
  CHECK(client.close(1000) == "close 1000");
  observer->receive([](const caf::down_msg& end) {
    CHECK(exit_reason{end.reason}.what() == exit_reason::kind::normal);
  });
}

TEST_CASE("the server's end closes connections with 1001", "[callbacks]") {
  served<talkative> with;
  websocket_client client{with.server.port()};
  CHECK(client.next() == "text welcome");
  with.server.stop();
  CHECK(client.next() == "close 1001");
  CHECK(with.server.event() == "terminate exit shutdown");
}
