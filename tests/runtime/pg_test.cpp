// What is expected here is what Erlang's pg (OTP 25) does.
#include "tests/support/world.hpp"

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

namespace {

using pids = std::vector<pid>;

/// Three processes, and one that notes its events as "scope join g a b", the first word its monitor.
struct fixture {
  std::mutex mutex;
  std::map<monitor_ref, std::string> monitors;
  pid a, b, c, watcher;
  world w; // its processes end before what they use
  pg_scope& scope = w.home.pg("test");

  fixture() {
    a = w.spawn("a");
    b = w.spawn("b");
    c = w.spawn("c");
    watcher = w.spawn("watcher", [this](caf::mailbox_element& mail) {
      w.noted.note(described(mail.content().get_as<pg_event>(0)));
    });
  }
  // No handle may outlive the world.
  ~fixture() {
    std::lock_guard lock{mutex};
    a = b = c = watcher = nullptr;
  }

  std::string described(const pg_event& event) {
    std::lock_guard lock{mutex};
    auto text = monitors[event.ref];
    text += event.change == pg_change::join ? " join " : " leave ";
    text += event.group;
    for (const auto& each : event.pids)
      text += each == a ? " a" : each == b ? " b" : " c";
    return text;
  }
  monitor_ref monitor(const std::string& group) {
    std::lock_guard lock{mutex};
    auto ref = scope.monitor(group, watcher).first;
    monitors[ref] = group;
    return ref;
  }
  monitor_ref monitor_scope() {
    std::lock_guard lock{mutex};
    auto ref = scope.monitor_scope(watcher).first;
    monitors[ref] = "scope";
    return ref;
  }
};

} // namespace

TEST_CASE("the newest member of a group is the first", "[pg]") {
  fixture f;
  CHECK(f.scope.members("g").empty());
  f.scope.join("g", f.a);
  f.scope.join("g", f.b);
  f.scope.join("g", f.a);
  f.scope.join("g", pids{f.c, f.b});
  CHECK(f.scope.members("g") == pids{f.c, f.b, f.a, f.b, f.a});
  CHECK(f.scope.local_members("g") == pids{f.c, f.b, f.a, f.b, f.a});
}

TEST_CASE("who joined twice leaves twice, the newest place first", "[pg]") {
  fixture f;
  f.scope.join("g", f.a);
  f.scope.join("g", f.b);
  f.scope.join("g", f.a);
  CHECK(f.scope.leave("g", f.a));
  CHECK(f.scope.members("g") == pids{f.b, f.a});
  CHECK(f.scope.leave("g", f.a));
  CHECK_FALSE(f.scope.leave("g", f.a));
  CHECK(f.scope.members("g") == pids{f.b});
}

TEST_CASE("leave is not_joined only if none of them was there", "[pg]") {
  fixture f;
  CHECK_FALSE(f.scope.leave("g", f.a));
  f.scope.join("g", f.a);
  CHECK_FALSE(f.scope.leave("g", f.b));
  CHECK_FALSE(f.scope.leave("h", f.a));
  CHECK_FALSE(f.scope.leave("g", pids{}));
  CHECK(f.scope.leave("g", pids{f.b, f.a, f.a}));
  CHECK(f.scope.members("g").empty());
}

TEST_CASE("which_groups are those with members", "[pg]") {
  fixture f;
  f.scope.join("g", f.a);
  f.scope.join("h", f.a);
  CHECK(f.scope.which_groups() == std::vector<std::string>{"g", "h"});
  f.scope.leave("g", f.a);
  CHECK(f.scope.which_groups() == std::vector<std::string>{"h"});
}

TEST_CASE("scopes know nothing of each other", "[pg]") {
  fixture f;
  f.scope.join("g", f.a);
  CHECK(f.w.home.pg("other").members("g").empty());
  CHECK(f.w.home.pg().members("g").empty());
  CHECK(&f.w.home.pg("test") == &f.scope);
}

TEST_CASE("what dies leaves all its groups, the newest first, once for each join", "[pg]") {
  fixture f;
  f.scope.join("g", f.a);
  f.scope.join("h", f.a);
  f.scope.join("g", f.a);
  f.scope.join("g", f.b);
  f.monitor_scope();
  f.w.end(f.a, exit_reason::normal());
  CHECK(f.w.noted.take(3) == events{"scope leave g a", "scope leave h a", "scope leave g a"});
  CHECK(f.scope.members("g") == pids{f.b});
  CHECK(f.scope.which_groups() == std::vector<std::string>{"g"});
}

TEST_CASE("a process that has ended joins and leaves at once", "[pg]") {
  fixture f;
  f.w.end(f.a, exit_reason::normal());
  f.monitor("g");
  f.scope.join("g", f.a);
  CHECK(f.w.noted.take(2) == events{"g join g a", "g leave g a"});
  CHECK(f.scope.members("g").empty());
}

TEST_CASE("a monitor of a group hears of that group, one of the scope of all", "[pg]") {
  fixture f;
  f.monitor("g");
  f.monitor_scope();
  f.scope.join("g", pids{f.a, f.b, f.a});
  f.scope.join("h", f.c);
  f.scope.leave("g", pids{f.a, f.c}); // told as it was asked for
  f.scope.leave("g", f.c);
  f.scope.leave("h", f.c);
  CHECK(f.w.noted.take(6) == events{"scope join g a b a", "g join g a b a", "scope join h c",
                                    "scope leave g a c", "g leave g a c", "scope leave h c"});
}

TEST_CASE("a monitor returns what is there when it begins", "[pg]") {
  fixture f;
  f.scope.join("g", f.a);
  f.scope.join("h", f.b);
  CHECK(f.scope.monitor("g", f.watcher).second == pids{f.a});
  CHECK(f.scope.monitor("nobody", f.watcher).second.empty());
  CHECK(f.scope.monitor_scope(f.watcher).second ==
        pg_scope::group_members{{"g", {f.a}}, {"h", {f.b}}});
}

TEST_CASE("demonitor ends one monitor, once", "[pg]") {
  fixture f;
  auto first = f.monitor("g");
  f.monitor("g");
  auto whole = f.monitor_scope();
  CHECK(f.scope.demonitor(first));
  CHECK(f.scope.demonitor(whole));
  CHECK_FALSE(f.scope.demonitor(first));
  CHECK_FALSE(f.scope.demonitor(whole));
  f.scope.join("g", f.a);
  f.scope.join("h", f.a);
  f.scope.leave("g", f.a);
  CHECK(f.w.noted.take(2) == events{"g join g a", "g leave g a"});
}

TEST_CASE("a monitor ends with its process", "[pg]") {
  fixture f;
  auto ref = f.scope.monitor("g", f.c).first;
  auto whole = f.scope.monitor_scope(f.c).first;
  f.w.end(f.c, exit_reason::normal());
  CHECK_FALSE(f.scope.demonitor(ref));
  CHECK_FALSE(f.scope.demonitor(whole));
}

TEST_CASE("only processes of this node join", "[pg]") {
  fixture f;
  CHECK_THROWS_AS(f.scope.join("g", pids{f.a, pid{}}), std::invalid_argument);
  CHECK(f.scope.members("g").empty());
}

TEST_CASE("plain actors of this node join, and leave at their end", "[pg]") {
  fixture f;
  auto plain = f.w.spawn_plain("plain");
  f.scope.join("g", plain);
  CHECK(f.scope.members("g") == pids{plain});
  caf::anon_send_exit(plain, caf::exit_reason::kill);
  caf::scoped_actor self{f.w.system};
  self->wait_for(plain);
  while (!f.scope.members("g").empty())
    std::this_thread::yield();
}

TEST_CASE("many join, leave and die at the same time", "[pg]") {
  fixture f;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        auto mortal = spawn_process<probe>(f.w.home, f.w.living, f.w.noted, "mortal",
                                           [](caf::mailbox_element&) {});
        f.scope.join("g", pids{mortal, mortal});
        f.scope.monitor("g", mortal);
        exit(mortal, exit_reason::kill());
        f.scope.leave("g", mortal);
      }
    });
  for (auto& each : threads)
    each.join();
  REQUIRE(f.w.living.wait_for(4));
  CHECK(f.scope.members("g").empty());
}
