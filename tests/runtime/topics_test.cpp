// Topics among processes that are on no loop.
#include "runtime/topic_directory.hpp"
#include "runtime/topics.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace vaquero;
using namespace vaquero::test;

namespace {

bool subscribe_in(world& w, const pid& who, const std::string& filter) {
  return w.in(who, [&] { return subscribe(filter); });
}

/// Notes what happens to topics.
pid spawn_watcher(world& w) {
  const auto watcher = w.spawn("watcher", [&w](caf::mailbox_element& mail) {
    const auto& content = mail.content();
    if (content.match_elements<topic_opened>())
      w.noted.note("opened " + content.get_as<topic_opened>(0).topic);
    else if (content.match_elements<topic_closed>())
      w.noted.note("closed " + content.get_as<topic_closed>(0).topic);
  });
  w.in(watcher, [] { monitor_topics(); });
  return watcher;
}

/// A directory with small bounds, and a process that is known to it alone.
struct bounded {
  explicit bounded(const topic_options& bounds) : all(w.home, bounds) {}
  ~bounded() { all.forget(who); }

  void publish(const std::string& name, const std::string& key, retain_policy how) {
    auto what = std::make_shared<posting>();
    what->what =
        std::make_shared<message_publication>(name, key, caf::make_message(1), sizeof(int));
    all.publish(what, how);
  }

  world w;
  pid handle = w.spawn("p");
  process& who = *process::from(handle);
  topic_directory all;
};

std::size_t held_by(const std::string& name) {
  return message_publication{name, "", caf::make_message(1), sizeof(int)}.held();
}

} // namespace

TEST_CASE("a subscriber gets a message once, whatever matches, as if it was sent", "[topics]") {
  world w;
  const auto one = w.spawn("one");
  CHECK(subscribe_in(w, one, "room/a"));
  CHECK(subscribe_in(w, one, "room/+"));
  CHECK(subscribe_in(w, one, "#"));
  CHECK_FALSE(subscribe_in(w, one, "room:a")); // the same
  publish(w.home, "room:a", 1);
  publish(w.home, "elsewhere", 2);
  CHECK(w.noted.take(2) == events{"one: 1", "one: 2"});
  CHECK(w.in(one, [] { return unsubscribe("#"); }));
  CHECK_FALSE(w.in(one, [] { return unsubscribe("#"); }));
  CHECK_FALSE(w.in(one, [] { return unsubscribe("room"); }));
  publish(w.home, "elsewhere", 3);
  publish(w.home, "room/b", 4);
  CHECK(w.noted.take(1) == events{"one: 4"});
}

TEST_CASE("the sender of a message is the process that publishes", "[topics]") {
  world w;
  pid from;
  const auto subscriber = w.spawn("subscriber", [&](caf::mailbox_element& mail) {
    from = caf::actor_cast<pid>(mail.sender);
    w.noted.note("got it");
  });
  const auto publisher = w.spawn("publisher");
  subscribe_in(w, subscriber, "a");
  w.in(publisher, [] { publish("a", 1); });
  w.noted.take(1);
  CHECK(from == publisher);
}

TEST_CASE("except_self leaves out the publisher alone", "[topics]") {
  world w;
  const auto one = w.spawn("one");
  const auto two = w.spawn("two");
  for (const auto& each : {one, two}) {
    subscribe_in(w, each, "a");
    subscribe_in(w, each, "+");
  }
  w.in(one, [] { publish("a", 1, {.except_self = true}); });
  w.in(one, [] { publish("a", 2); });
  auto got = w.noted.take(3);
  std::ranges::sort(got);
  CHECK(got == events{"one: 2", "two: 1", "two: 2"});
}

TEST_CASE("all see the messages of several publishers in one order", "[topics]") {
  constexpr int each_publishes = 200;
  world w;
  std::vector<int> seen[2];
  pid subscribers[2];
  for (int i = 0; i < 2; ++i) {
    subscribers[i] = w.spawn("s", [&, i](caf::mailbox_element& mail) {
      seen[i].push_back(mail.content().get_as<int>(0));
      if (seen[i].size() == 2 * each_publishes) w.noted.note("all");
    });
    subscribe_in(w, subscribers[i], i == 0 ? "a/b" : "a/+");
  }
  std::thread others[2];
  for (int i = 0; i < 2; ++i)
    others[i] = std::thread{[&w, i] {
      for (int n = 0; n < each_publishes; ++n)
        publish(w.home, "a/b", 1000 * i + n);
    }};
  for (auto& each : others)
    each.join();
  w.noted.take(2);
  CHECK(w.in(subscribers[0], [&] { return seen[0]; }) ==
        w.in(subscribers[1], [&] { return seen[1]; }));
  for (int i = 0; i < 2; ++i) {
    auto of_one = seen[0];
    std::erase_if(of_one, [&](int n) { return n / 1000 != i; });
    CHECK(std::ranges::is_sorted(of_one));
  }
}

TEST_CASE("who ended is in no topic when its monitors hear of it", "[topics]") {
  world w;
  std::size_t left = 99;
  const auto watcher = w.spawn("watcher", [&](caf::mailbox_element&) {
    left = subscriber_count("a") + subscriber_count("a/#");
    w.noted.note("down");
  });
  const auto subscriber = w.spawn("subscriber");
  subscribe_in(w, subscriber, "a");
  subscribe_in(w, subscriber, "a/#");
  CHECK(subscriber_count(w.home, "a") == 1);
  w.in(watcher, [&] { monitor(subscriber); });
  w.end(subscriber, exit_reason::normal());
  w.noted.take(1);
  CHECK(left == 0);
  CHECK(topics(w.home).empty());
}

TEST_CASE("a topic opens with its first subscriber and closes after its last", "[topics]") {
  world w;
  const auto watcher = spawn_watcher(w);
  const auto one = w.spawn("one");
  const auto two = w.spawn("two");
  subscribe_in(w, one, "room:a");
  subscribe_in(w, two, "room/a");
  subscribe_in(w, two, "room/+"); // for itself
  CHECK(w.noted.take(2) == events{"opened room:a", "opened room/+"});
  CHECK(subscriber_count(w.home, "room/a") == 2);
  w.in(one, [] { return unsubscribe("room/a"); });
  w.end(two, exit_reason::normal());
  auto closed = w.noted.take(2);
  std::ranges::sort(closed);
  CHECK(closed == events{"closed room/+", "closed room:a"});
  subscribe_in(w, one, "room/a");
  CHECK(w.noted.take(1) == events{"opened room/a"});
}

TEST_CASE("demonitor_topics ends one monitor of the process's own", "[topics]") {
  world w;
  const auto watcher = spawn_watcher(w);
  const auto other = w.spawn("other");
  const auto second = w.in(watcher, [] { return monitor_topics(); });
  CHECK_FALSE(w.in(other, [&] { return demonitor_topics(second); }));
  subscribe_in(w, other, "a");
  CHECK(w.noted.take(2) == events{"opened a", "opened a"});
  CHECK(w.in(watcher, [&] { return demonitor_topics(second); }));
  CHECK_FALSE(w.in(watcher, [&] { return demonitor_topics(second); }));
  subscribe_in(w, other, "b");
  w.end(watcher, exit_reason::normal());
  subscribe_in(w, other, "c");
  CHECK(w.noted.take(1) == events{"opened b"});
}

// -- last values ----------------------------------------------------------------------------------------

TEST_CASE("a new subscriber gets the last value before any newer one", "[topics]") {
  world w;
  publish(w.home, "a/x", 1, {.retain = retain_policy::keep_last});
  publish(w.home, "a/x", 2, {.retain = retain_policy::keep_last});
  publish(w.home, "a/x", 3); // not kept
  const auto filter = GENERATE(as<std::string>{}, "a/x", "a/+", "#");
  const auto one = w.spawn("one");
  w.in(one, [&] {
    subscribe(filter);
    publish("a/x", 4);
  });
  CHECK(w.noted.take(2) == events{"one: 2", "one: 4"});
}

TEST_CASE("last values of keys and of topics come in the order of their publishing", "[topics]") {
  world w;
  auto keep = [&](const char* name, const char* key, int value) {
    publish(w.home, name, value, {.retain = retain_policy::keep_last_of_key, .key = key});
  };
  keep("b", "x", 1);
  keep("a", "x", 2);
  keep("b", "y", 3);
  keep("a", "x", 4);
  publish(w.home, "a", 5, {.retain = retain_policy::keep_last});
  const auto one = w.spawn("one");
  subscribe_in(w, one, "+");
  CHECK(w.noted.take(4) == events{"one: 1", "one: 3", "one: 4", "one: 5"});
  const auto info = info_of_topic(w.home, "a");
  REQUIRE(info);
  CHECK(info->retained == 2);
  CHECK(info->retained_bytes > 2 * sizeof(publication));
}

TEST_CASE("forget_last forgets a key's value, or all of the topic", "[topics]") {
  world w;
  for (const auto* key : {"x", "y", "z"})
    publish(w.home, "a", 1, {.retain = retain_policy::keep_last_of_key, .key = key});
  CHECK(forget_last(w.home, "a", "x"));
  CHECK_FALSE(forget_last(w.home, "a", "x"));
  CHECK(info_of_topic(w.home, "a")->retained == 2);
  CHECK(forget_last(w.home, "a"));
  CHECK_FALSE(forget_last(w.home, "a"));
  CHECK_FALSE(info_of_topic(w.home, "a"));
}

TEST_CASE("the value of a key needs a key", "[topics]") {
  world w;
  CHECK_THROWS_WITH(publish(w.home, "a", 1, {.retain = retain_policy::keep_last_of_key}),
                    "badarg: the last value of a key needs a key that is not empty");
}

TEST_CASE("a topic counts what is published and who is subscribed", "[topics]") {
  world w;
  const auto one = w.spawn("one");
  subscribe_in(w, one, "a/b");
  subscribe_in(w, one, "a/#");
  for (int i = 0; i < 3; ++i)
    publish(w.home, "a/b", i);
  publish(w.home, "a", 3);
  CHECK(info_of_topic(w.home, "a/b")->published == 3);
  CHECK(info_of_topic(w.home, "a:#")->published == 4);
  CHECK(info_of_topic(w.home, "a:#")->subscribers == 1);
  CHECK_FALSE(info_of_topic(w.home, "a"));
  w.noted.take(4);
}

// -- bounds ---------------------------------------------------------------------------------------------

TEST_CASE("subscriptions_max are allowed, one more is a system_limit", "[topics]") {
  bounded b{{.subscriptions_max = 2}};
  CHECK(b.all.subscribe(b.who, "a", {}));
  CHECK(b.all.subscribe(b.who, "b/#", {}));
  CHECK_FALSE(b.all.subscribe(b.who, "a", {}));
  CHECK_THROWS_AS(b.all.subscribe(b.who, "c", {}), topic_limit);
  CHECK_THROWS_WITH(b.all.subscribe(b.who, "c/+", {}),
                    "system_limit: a process may have 2 subscriptions");
  CHECK(b.all.open_topics().size() == 2);
  CHECK(b.all.unsubscribe(b.who, "a"));
  CHECK(b.all.subscribe(b.who, "c", {}));
}

TEST_CASE("retained_max values are kept, one more is not published", "[topics]") {
  bounded b{{.retained_max = 2}};
  b.all.subscribe(b.who, "#", {});
  b.publish("a", "x", retain_policy::keep_last_of_key);
  b.publish("a", "y", retain_policy::keep_last_of_key);
  b.publish("a", "y", retain_policy::keep_last_of_key); // in place of one
  CHECK_THROWS_AS(b.publish("a", "z", retain_policy::keep_last_of_key), topic_limit);
  CHECK_THROWS_AS(b.publish("b", "", retain_policy::keep_last), topic_limit);
  CHECK(b.all.info("#")->published == 3);
  CHECK(b.all.forget_last("a", "x"));
  b.publish("b", "", retain_policy::keep_last);
}

TEST_CASE("retained_bytes_max bytes are kept, one more is not", "[topics]") {
  const std::string name(100, 'b'); // a short one lies in the object
  bounded b{{.retained_bytes_max = held_by("a") + held_by(name)}};
  b.publish("a", "", retain_policy::keep_last);
  b.publish(name, "", retain_policy::keep_last);
  CHECK(b.all.forget_last(name, std::nullopt));
  CHECK_THROWS_AS(b.publish(name + 'b', "", retain_policy::keep_last), topic_limit);
  b.publish(name, "", retain_policy::keep_last);
}

TEST_CASE("what is malformed is a badarg, in the caller", "[topics]") {
  world w;
  const auto one = w.spawn("one");
  w.in(one, [] {
    CHECK_THROWS_AS(subscribe("a+"), std::invalid_argument);
    CHECK_THROWS_AS(unsubscribe("#/a"), std::invalid_argument);
    CHECK_THROWS_AS(publish("a/+", 1), std::invalid_argument);
    const std::string longest(topic_options{}.key_bytes_max, 'k');
    publish("a", 1, {.key = longest});
    CHECK_THROWS_AS(publish("a", 1, {.key = longest + 'k'}), std::invalid_argument);
  });
  CHECK_THROWS_AS(publish(w.home, "", 1), std::invalid_argument);
  CHECK_THROWS_AS(subscribe("a"), std::logic_error); // by no process
}
