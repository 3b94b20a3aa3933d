// What becomes of a mailbox that is full, or long.
#include "runtime/receive.hpp"
#include "runtime/spawn.hpp"
#include "tests/support/event_queue.hpp"
#include "tests/support/bodies.hpp"

using namespace vaquero;
using namespace vaquero::test;
using namespace std::chrono_literals;
using verbs = process_verbs;

namespace {

void send_many(const pid& to, int count) {
  for (int i = 1; i <= count; ++i)
    send(to, i);
}

std::string outcome_of_request(world& w, const pid& to) {
  caf::scoped_actor self{w.system};
  std::string outcome;
  self->request(to, patience, 99)
      .receive([&] { outcome = "answered"; },
               [&](const caf::error& why) {
                 outcome = why == caf::sec::runtime_error           ? "refused"
                           : why == caf::sec::request_receiver_down ? "bounced"
                                                                    : "failed";
               });
  return outcome;
}

/// A world whose system_monitor tells a queue.
struct watched_world : world {
  explicit watched_world(const system_monitor_options& options) {
    home.system_monitor().set_options(options);
    home.system_monitor().report_to(
        [events = events](const system_monitor::event& x) { events->push(x); });
  }
  using queue = testing::event_queue<system_monitor::event>;
  std::shared_ptr<queue> events = std::make_shared<queue>();
  queue& seen = *events;
};

} // namespace

TEST_CASE("a mailbox takes as much as its bound, and drops what is newer", "[overload]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] { verbs::bound_mailbox({.messages_max = 3, .when_full = when_full::drop_newest}); });
  hold held{a};
  send_many(a, 4);
  CHECK(info_of(a)->message_queue_len == 3);
  CHECK(outcome_of_request(w, a) == "refused");
  held.release();
  CHECK(w.noted.take(3) == events{"a: 1", "a: 2", "a: 3"});
  w.in(a, [] {});
  send(a, 5);
  CHECK(w.noted.take(1) == events{"a: 5"}); // there is room again
}

TEST_CASE("what waits behind a callback counts as well", "[overload]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] { verbs::bound_mailbox({.messages_max = 3, .when_full = when_full::drop_newest}); });
  std::promise<void> first;
  std::promise<void> go_on;
  hold held{a};
  w.tell(a, [&] {
    first.set_value();
    go_on.get_future().wait();
  });
  send_many(a, 2);
  held.release(); // it fetches three
  first.get_future().wait();
  send(a, 3);
  send(a, 4);
  go_on.set_value();
  CHECK(w.noted.take(3) == events{"a: 1", "a: 2", "a: 3"});
}

TEST_CASE("a full mailbox that refuses calls takes all else", "[overload]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] { verbs::bound_mailbox({.messages_max = 2, .when_full = when_full::refuse_calls}); });
  hold held{a};
  send_many(a, 2);
  CHECK(outcome_of_request(w, a) == "refused");
  send(a, 3);
  held.release();
  CHECK(w.noted.take(3) == events{"a: 1", "a: 2", "a: 3"});
  w.in(a, [] {});
  CHECK(outcome_of_request(w, a) == "answered");
}

TEST_CASE("a process is killed by the message past its bound", "[overload]") {
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(a); });
  w.in(a, [] { verbs::bound_mailbox({.messages_max = 3}); });
  {
    hold held{a};
    send_many(a, 3);
  }
  CHECK(w.noted.take(3) == events{"a: 1", "a: 2", "a: 3"});
  w.in(a, [] {});
  {
    hold held{a};
    send_many(a, 4);
  }
  CHECK(w.noted.take(1) == events{"watcher: down mailbox_full"});
}

TEST_CASE("a request past the bound of a process that is killed so is bounced as by a dead one",
          "[overload]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] { verbs::bound_mailbox({.messages_max = 1}); });
  auto caller = w.spawn("caller", [&](auto& mail) {
    w.noted.note(to_string(mail.content().template get_as<call_result<int>>(0).failure));
  });
  hold held{a};
  send_many(a, 1);
  CHECK(outcome_of_request(w, a) == "bounced");
  w.in(caller, [&] { verbs::send_request<int>(a, 1); }); // while the end is on its way
  held.release();
  CHECK(w.noted.take(1) == events{"exit: mailbox_full"});
}

TEST_CASE("a body wakes up behind a full mailbox", "[overload]") {
  world w;
  auto policy = GENERATE(when_full::kill, when_full::drop_newest, when_full::refuse_calls);
  auto silent = w.spawn("silent", [](auto&) { verbs::take_request(); });
  std::promise<void> full;
  auto filled = full.get_future().share();
  auto body = spawn(w.home, {.bound = {3, policy}}, [&, filled]() -> process_body {
    filled.wait(); // its mailbox holds three messages, of which it wants none
    co_await sleep(1ms);
    w.noted.note("slept");
    for (auto time : {0ms, 1ms}) {
      auto received = co_await receive<std::string>(time);
      w.noted.note(received ? *received : "nothing");
    }
    for (int i = 0; i < 2; ++i) {
      auto outcome = co_await call<int>(silent, 1, 1ms);
      w.noted.note(to_string(outcome.failure));
    }
  });
  auto end = w.track(body);
  send_many(body, 3);
  full.set_value();
  CHECK(end_of(end) == exit_reason::normal());
  CHECK(w.noted.take(5) == events{"slept", "nothing", "nothing", "timeout", "timeout"});
}

TEST_CASE("exit signals, downs and responses come into a full mailbox", "[overload]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  auto c = w.spawn("c");
  w.in(a, [&] {
    verbs::bound_mailbox({.messages_max = 1, .when_full = when_full::drop_newest});
    verbs::trap_exit(true);
    verbs::link(c);
    verbs::monitor(b);
  });
  hold held{a};
  send_many(a, 2);
  w.end(b, exit_reason::normal());
  w.end(c, exit_reason::shutdown());
  held.release();
  CHECK(w.noted.take(3) == events{"a: 1", "a: down normal", "a: EXIT shutdown"});
  w.in(a, [] { verbs::bound_mailbox({}); }); // or it might refuse what asks for its end
}

TEST_CASE("an exit signal is no message, until it is trapped", "[overload]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] { verbs::trap_exit(true); });
  {
    hold held{a};
    exit(a, exit_reason::shutdown());
    send(a, 1);
    CHECK(info_of(a)->message_queue_len == 1);
  }
  CHECK(w.noted.take(2) == events{"a: EXIT shutdown", "a: 1"});
  CHECK(info_of(a)->messages_handled >= 2);
}

TEST_CASE("a process is bounded and declared blocking as it is spawned", "[overload]") {
  world w{{.workers = 1}};
  std::promise<void> waits;
  std::promise<void> go_on;
  auto full = w.track(
      spawn(w.home, {.is_blocking = true, .bound = {.messages_max = 1}}, [&]() -> process_body {
        waits.set_value();
        go_on.get_future().wait();
        co_await receive<std::string>();
      }));
  waits.get_future().get();
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(full); }); // the only worker is free
  CHECK(info_of(full)->bound == mailbox_bound{.messages_max = 1});
  send_many(full, 2);
  go_on.set_value();
  CHECK(w.noted.take(1) == events{"watcher: down mailbox_full"});
  auto spawn_beyond = [&] {
    spawn(w.home, {.bound = {.messages_max = 100'001}}, []() -> process_body { co_return; });
  };
  CHECK_THROWS_AS(spawn_beyond(), std::invalid_argument);
}

TEST_CASE("a bound can be taken off again", "[overload]") {
  world w;
  auto a = w.spawn("a");
  w.in(a, [] { verbs::bound_mailbox({.messages_max = 1, .when_full = when_full::drop_newest}); });
  CHECK(info_of(a)->bound == mailbox_bound{1, when_full::drop_newest});
  w.in(a, [] { verbs::bound_mailbox({}); });
  CHECK(info_of(a)->bound == mailbox_bound{});
  hold held{a};
  send_many(a, 3);
  held.release();
  CHECK(w.noted.take(3) == events{"a: 1", "a: 2", "a: 3"});
}

TEST_CASE("a bound keeps its number up to 8191, above it the next multiple of 16", "[overload]") {
  auto kept = [](std::uint32_t number) {
    mailbox_bound bound{number, when_full::refuse_calls};
    auto back = mailbox_bound::unpacked(bound.packed());
    CHECK((number == 0 || back.when_full == when_full::refuse_calls));
    return back.messages_max;
  };
  CHECK(kept(0) == 0);
  CHECK(kept(1) == 1);
  CHECK(kept(8'191) == 8'191);
  CHECK(kept(8'192) == 8'192);
  CHECK(kept(8'193) == 8'208);
  CHECK(kept(100'000) == 100'000);
  CHECK_THROWS_AS(kept(100'001), std::invalid_argument);
}

TEST_CASE("a mailbox that becomes long is reported once, and once when it is short again",
          "[overload]") {
  watched_world w{{.long_mailbox = 2'048, .short_mailbox = 1'024}};
  auto a = w.spawn("a", [](auto&) {});
  {
    hold held{a};
    send_many(a, 2'047);
    CHECK(w.seen.size() == 0);
    send_many(a, 3'000);
    auto first = std::get<long_mailbox>(w.seen.pop());
    CHECK(first.process == a);
    CHECK(first.length == 2'048);
    CHECK_FALSE(first.is_over);
  }
  auto second = std::get<long_mailbox>(w.seen.pop());
  CHECK(second.process == a);
  CHECK(second.length < 1'024);
  CHECK(second.is_over);
  CHECK(w.seen.size() == 0);
}

TEST_CASE("mail that a body does not want is watched like all other", "[overload]") {
  watched_world w{{.long_mailbox = 2'048, .short_mailbox = 1'024}};
  auto a = w.track(spawn(w.home, {}, [&]() -> process_body {
    co_await receive<std::string>(); // and kept all that came before it
    for (int i = 0; i < 2'048; ++i)
      co_await receive<int>();
    w.noted.note("taken");
    co_await receive<std::string>();
  }));
  auto sender = w.spawn("sender");
  for (int i = 0; i < 2'048; ++i) { // one at a time: the inbox itself stays short
    send(a, i);
    w.in(sender, [&] {});
  }
  auto first = std::get<long_mailbox>(w.seen.pop());
  CHECK(first.process == a);
  CHECK(first.length == 2'048);
  send(a, std::string{"now"});
  CHECK(w.noted.take(1) == events{"taken"});
  CHECK(std::get<long_mailbox>(w.seen.pop()).is_over);
}

TEST_CASE("a long mailbox is over when its process ends", "[overload]") {
  watched_world w{{.long_mailbox = 1'024, .short_mailbox = 512}};
  auto a = w.spawn("a", [](auto&) {});
  hold held{a};
  send_many(a, 1'024);
  CHECK_FALSE(std::get<long_mailbox>(w.seen.pop()).is_over);
  exit(a, exit_reason::kill());
  held.release();
  CHECK(std::get<long_mailbox>(w.seen.pop()).is_over);
}

TEST_CASE("a process can be told what the monitor sees", "[overload]") {
  world w;
  w.home.system_monitor().set_options({.long_mailbox = 1'024, .short_mailbox = 512});
  auto watcher = w.spawn("watcher", [&](caf::mailbox_element& mail) {
    auto& x = mail.content().get_as<long_mailbox>(0);
    w.noted.note((x.is_over ? "over " : "long ") + std::to_string(x.length));
  });
  w.home.system_monitor().report_to(watcher);
  auto a = w.spawn("a", [](auto&) {});
  hold held{a};
  send_many(a, 1'024);
  CHECK(w.noted.take(1) == events{"long 1024"});
  held.release();
  CHECK_THAT(w.noted.take(1).front(), Catch::Matchers::StartsWith("over"));
}

TEST_CASE("a count stops at 131070 and is right again when the mail is taken", "[overload]") {
  inbox box;
  auto push = [&](std::uint32_t room) {
    auto mail = caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, 1);
    auto found = box.push(mail.get(), false, room);
    if (found.count() >= room) return false;
    static_cast<void>(mail.release());
    return true;
  };
  std::uint32_t pushed = 0;
  while (pushed < inbox::count_max + 2 && push(mailbox_bound::none))
    ++pushed;
  CHECK(pushed == inbox::count_max + 2);
  CHECK(box.count() == inbox::count_max);
  std::uint32_t taken = 0;
  for (auto* mail = box.take().newest; mail; ++taken) {
    caf::mailbox_element_ptr drop{mail};
    mail = static_cast<caf::mailbox_element*>(mail->next);
  }
  CHECK(taken == pushed);
  CHECK(box.count() == 0);
  CHECK(push(1));
  CHECK_FALSE(push(1));
  caf::mailbox_element_ptr last{box.close()};
}
