#include "runtime/process.hpp"
#include "tests/support/world.hpp"

#include <caf/event_based_actor.hpp>

#include <thread>

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

namespace {

struct letter {
  std::string author;
  std::vector<int> pages;
  bool operator==(const letter&) const = default;
};

struct numbered {
  int sender;
  int number;
};

} // namespace

TEST_CASE("a process adds nothing to what CAF has in each actor", "[process]") {
  CHECK(sizeof(process) == 160);
}

TEST_CASE("a process gets the struct that was sent", "[process]") {
  world w;
  const letter sent{"ann", {1, 2}};
  std::promise<letter> got;
  auto a = w.spawn(
      "a", [&](caf::mailbox_element& mail) { got.set_value(mail.content().get_as<letter>(0)); });
  send(a, sent);
  CHECK(got.get_future().get() == sent);
}

TEST_CASE("a plain actor sees who sent a message, a process does not", "[process]") {
  world w;
  const events nobody{to_string(caf::strong_actor_ptr{})};
  auto b = w.spawn("b", [&](caf::mailbox_element& mail) { w.noted.note(to_string(mail.sender)); });
  auto plain = w.track(w.system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    return {[&, self](int) { w.noted.note(to_string(self->current_sender())); }};
  }));
  auto a = w.spawn("a");
  w.in(a, [&] { verbs::send(plain, 1); });
  CHECK(w.noted.take(1) == events{to_string(a)});
  w.in(a, [&] { verbs::send(b, 1); });
  CHECK(w.noted.take(1) == nobody);
  send(plain, 1);
  CHECK(w.noted.take(1) == nobody);
}

TEST_CASE("a message to nobody, or to a dead process, is dropped", "[process]") {
  world w;
  auto a = w.spawn("a");
  w.end(a, exit_reason::normal());
  send(a, 1);
  send(pid{}, 1);
  CHECK_FALSE(process::from(a)->is_alive());
}

TEST_CASE("self and current are the process whose callback runs", "[process]") {
  world w;
  auto a = w.spawn("a");
  CHECK(w.in(a, [] { return verbs::self(); }) == a);
  CHECK(w.in(a, [] { return process::current(); }) == process::from(a));
  CHECK(process::current() == nullptr);
}

TEST_CASE("a process is told from a CAF actor", "[process]") {
  world w;
  CHECK(process::from(w.spawn("a")) != nullptr);
  CHECK(process::from(w.spawn_plain("b")) == nullptr);
  CHECK(process::from(pid{}) == nullptr);
}

TEST_CASE("one sender's messages keep their order", "[process]") {
  constexpr int senders = 4;
  constexpr int each = 20'000;
  world w;
  std::array<int, senders> next{};
  int out_of_order = 0;
  auto a = w.spawn("a", [&](caf::mailbox_element& mail) {
    auto [sender, number] = mail.content().get_as<numbered>(0);
    if (next[static_cast<std::size_t>(sender)]++ != number) ++out_of_order;
  });
  {
    std::vector<std::jthread> threads;
    for (int sender = 0; sender < senders; ++sender)
      threads.emplace_back([&, sender] {
        for (int i = 0; i < each; ++i)
          send(a, numbered{sender, i});
      });
  }
  w.in(a, [] {});
  CHECK(out_of_order == 0);
  for (auto count : next)
    CHECK(count == each); // none was lost
}

TEST_CASE("two processes that send to a third interleave", "[process]") {
  constexpr int each = 1'000;
  world w;
  std::vector<int> seen;
  auto a = w.spawn("a", [&](caf::mailbox_element& mail) {
    seen.push_back(mail.content().get_as<numbered>(0).sender);
  });
  // Each waits for the other's turn now and then, so that neither can be done before the other.
  std::array<pid, 2> turns;
  for (int me = 0; me < 2; ++me)
    turns[static_cast<std::size_t>(me)] = w.spawn("b", [&, me](caf::mailbox_element& mail) {
      auto number = mail.content().get_as<int>(0);
      verbs::send(a, numbered{me, number});
      if (number == each)
        w.noted.note("done");
      else
        verbs::send(turns[static_cast<std::size_t>(1 - me)], number + 1);
    });
  send(turns[0], 1);
  w.noted.take(1);
  w.in(a, [] {});
  REQUIRE(seen.size() == each);
  for (std::size_t i = 0; i < seen.size(); ++i)
    REQUIRE(seen[i] == static_cast<int>(i % 2));
}

TEST_CASE("init is the first callback, and may end the process", "[process]") {
  struct short_lived : scheduled_process {
    short_lived(caf::actor_config& config, vaquero::node& home, event_list& noted)
        : scheduled_process(config, home), noted_(noted) {}
    void init() override {
      noted_.note("init");
      exit(exit_reason::shutdown());
    }
    void handle_message(caf::mailbox_element&) override { noted_.note("message"); }
    void before_exit(const exit_reason& reason) override { noted_.note(to_string(reason)); }
    event_list& noted_;
  };
  world w;
  auto a = spawn_process<short_lived>(w.home, w.noted);
  send(a, 1);
  CHECK(w.noted.take(2) == events{"init", "shutdown"});
}

TEST_CASE("the last callback runs once, before others hear of the end", "[process]") {
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(a); });
  w.in(a, [&] {
    static_cast<probe*>(process::current())->at_exit = [&](const exit_reason& why) {
      w.noted.note("last: " + to_string(why));
      verbs::send(watcher, 1);
    };
  });
  exit(a, exit_reason::shutdown());
  exit(a, exit_reason::kill());
  CHECK(w.noted.take(3) == events{"last: shutdown", "watcher: 1", "watcher: down shutdown"});
}

TEST_CASE("a process lives without handles, and is freed when it has ended", "[process]") {
  census living;
  world w;
  std::promise<void> ended;
  {
    auto a = spawn_process<probe>(w.home, living, w.noted, "a", probe::handler{});
    caf::actor_cast<caf::abstract_actor*>(a)->attach_functor([&] { ended.set_value(); });
    w.in(a, [] { verbs::register_as("a"); });
  }
  send(*w.home.whereis("a"), 1);
  CHECK(w.noted.take(1) == events{"a: 1"});
  auto handle = w.home.whereis("a");
  exit(*handle, exit_reason::normal());
  w.in(*handle, [] {}); // normal was ignored
  exit(*handle, exit_reason::kill());
  ended.get_future().get();
  CHECK(living.wait_for(1)); // its handle keeps it
  handle.reset();
  CHECK(living.wait_for(0));
}
