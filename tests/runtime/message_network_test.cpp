#include "runtime/message_traits.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <catch2/catch.hpp>

#include <stdexcept>

using namespace std::chrono_literals;

namespace chat {

struct post {
  std::string author;
  std::optional<int> likes;
  std::variant<std::string, std::vector<int>> content;
  bool operator==(const post&) const = default;
};

struct latch {
  std::string name;
  bool operator==(const latch&) const = default;
};

} // namespace chat

namespace {

struct node {
  struct node_config : caf::actor_system_config {
    node_config() {
      load<caf::io::middleman>();
      vaquero::add_messages<chat::post, chat::latch>(*this);
    }
  };
  node_config config;
  caf::actor_system system{config};
};

struct echo_actor : caf::event_based_actor {
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {
        [](const chat::post& x) { return caf::make_message(x); },
        [](const std::vector<chat::post>& xs) { return caf::make_message(xs); },
    };
  }
};

template <class T>
T asked(caf::actor_system& system, const caf::actor& actor, const T& question) {
  caf::scoped_actor self{system};
  T answer{};
  self->request(actor, 10s, question)
      .receive([&](const T& x) { answer = x; },
               [&](const caf::error& err) { FAIL(system.render(err)); });
  return answer;
}

/// Stands for a type of the same name in the unnamed namespace of another source file.
struct twin {};

} // namespace

TEST_CASE("registered messages travel between two nodes", "[message_traits]") {
  node server;
  node client;
  auto port = server.system.middleman().publish(server.system.spawn<echo_actor>(), 0, "127.0.0.1");
  REQUIRE(port);
  auto remote = client.system.middleman().remote_actor("127.0.0.1", *port);
  REQUIRE(remote);
  const chat::post post{"ann", 3, std::vector{1, 2}};
  CHECK(asked(client.system, *remote, post) == post);
  const std::vector<chat::post> posts{post, {"bob", std::nullopt, "text"}};
  CHECK(asked(client.system, *remote, posts) == posts);
  caf::anon_send_exit(*remote, caf::exit_reason::user_shutdown);
}

TEST_CASE("messages are registered by their names", "[message_traits]") {
  caf::actor_system_config config;
  vaquero::add_messages<chat::post, std::string, int, chat::post>(config);
  CHECK(config.value_factories_by_name.contains("chat::post"));
  CHECK(config.value_factories_by_name.contains("std::vector<chat::post>"));
  CHECK(config.value_factories_by_name.contains("std::vector<int>"));
  CHECK_FALSE(config.value_factories_by_name.contains("std::string"));
}

TEST_CASE("two types of one name are refused", "[message_traits]") {
  caf::actor_system_config config;
  vaquero::add_messages<chat::latch>(config);
  CHECK_THROWS_AS(vaquero::detail::register_message(config, typeid(twin), "chat::latch", nullptr),
                  std::logic_error);
}
