#include "tests/support/bodies.hpp"

using namespace vaquero;
using namespace vaquero::test;
using namespace std::chrono_literals;

namespace {

const auto late = exit_reason::of(std::string{"late"});

struct question {
  int number;
};
struct end_now {};

/// Cannot be copied, and so not be moved either, by one process.
struct fragile {
  fragile() = default;
  fragile(const fragile&) {
    if (process::current()->id() == breaks_at) throw std::runtime_error{"fragile"};
  }
  static inline std::atomic<caf::actor_id> breaks_at = 0;
};

/// Answers a number with the next one, and ends when it is asked to.
process_body successor() {
  for (;;) {
    auto request = co_await receive<question, end_now>();
    if (request.index() == 1) exit(late);
    respond(std::get<question>(request).number + 1);
  }
}

/// What a call of `question{1}` that expects an int comes to.
std::string outcome(world& w, const pid& callee, timer_clock::duration timeout = 1h) {
  std::string result;
  auto end = run(w, [&]() -> process_body {
    auto answer = co_await call<int>(callee, question{1}, timeout);
    result = answer ? std::to_string(*answer) : to_string(answer.failure);
    auto rest = co_await receive<caf::message>(0s);
    CHECK_FALSE(rest);
  });
  CHECK(end == exit_reason::normal());
  return result;
}

} // namespace

template <>
inline constexpr bool vaquero::local_only<fragile> = true;

TEST_CASE("a call gives the reply", "[call]") {
  world w;
  CHECK(outcome(w, w.track(spawn(w.home, successor))) == "2");
  auto by_callback = w.spawn("a", [](auto& mail) {
    process_verbs::respond(mail.content().template get_as<question>(0).number + 2);
  });
  CHECK(outcome(w, by_callback) == "3");
}

TEST_CASE("a call waits for its time", "[call]") {
  world w;
  auto silent = w.track(spawn(w.home, []() -> process_body { co_await receive<int>(); }));
  CHECK(outcome(w, silent, 1ms) == "timeout");
  CHECK(outcome(w, silent, 0ms) == "timeout");
  CHECK(vaquero::call_timeout == 5s);
}

TEST_CASE("a reply that comes too late is never seen", "[call]") {
  world w;
  auto slow = w.track(spawn(w.home, []() -> process_body {
    co_await receive<question>();
    auto from = take_request();
    auto asking = co_await receive<pid>();
    from.reply(1);
    send(asking, 2);
  }));
  auto end = run(w, [&]() -> process_body {
    auto outcome = co_await call<int>(slow, question{1}, 0s);
    CHECK(outcome.failure.what == call_failure::kind::timeout);
    send(slow, self());
    auto first = co_await receive<caf::message>();
    CHECK(to_string(first) == "(2)");
    auto rest = co_await receive<caf::message>(0s);
    CHECK_FALSE(rest);
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("a call of a dead process, or of none, is noproc", "[call]") {
  world w;
  auto dead = w.spawn("dead");
  w.end(dead, late);
  CHECK(outcome(w, dead) == "noproc");
  CHECK(outcome(w, pid{}) == "noproc");
}

TEST_CASE("a call of a process that ends instead of answering says why it ended", "[call]") {
  world w;
  CHECK(outcome(w, w.track(spawn(w.home, []() -> process_body {
          co_await receive<question>();
          exit(late);
        }))) == "exit: (\"late\")");
  CHECK(outcome(w, w.track(spawn(w.home, []() -> process_body {
          co_await receive<question>();
        }))) == "exit: normal");
  CHECK(outcome(w, w.spawn("a", [](auto&) { throw std::runtime_error{"text"}; })) ==
        "exit: crash: std::runtime_error: text");
  SECTION("killed while the request waits") {
    auto a = w.spawn("a");
    hold held{a};
    auto asking = w.track(spawn(w.home, [&]() -> process_body {
      send_request<int>(a, question{1});
      w.noted.note("asked");
      auto answer = co_await receive<call_result<int>>();
      w.noted.note(to_string(answer.failure));
    }));
    CHECK(w.noted.take(1) == events{"asked"});
    exit(a, exit_reason::kill());
    held.release();
    CHECK(w.noted.take(1) == events{"exit: killed"});
  }
}

TEST_CASE("calls of CAF actors are requests to them", "[call]") {
  world w;
  auto plain = [&](auto answer) {
    return w.track(w.system.spawn([answer](caf::event_based_actor* self) -> caf::behavior {
      return {[self, answer](const question&) { return answer(self); }};
    }));
  };
  CHECK(outcome(w, plain([](auto*) { return 5; })) == "5");
  CHECK(outcome(w, plain([](auto*) { return std::string{"no int"}; })).starts_with("error: "));
  CHECK(outcome(w, plain([](auto*) -> caf::result<int> { return caf::sec::invalid_argument; }))
            .starts_with("error: "));
  CHECK(outcome(w, plain([](auto* self) -> caf::result<int> {
                  self->quit(caf::exit_reason::user_shutdown);
                  return self->make_response_promise(); // which nobody will use
                })) == "exit: shutdown");
}

TEST_CASE("a call takes several values where CAF actors give them", "[call]") {
  world w;
  auto plain = w.track(w.system.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](int x, int y) { return caf::make_message(x + y, std::string{"sum"}); }};
  }));
  auto end = run(w, [&]() -> process_body {
    const auto request = caf::make_message(1, 2);
    auto sum = co_await call<std::tuple<int, std::string>>(plain, request);
    CHECK((*sum == std::tuple{3, std::string{"sum"}}));
    auto any = co_await call<caf::message>(plain, request);
    CHECK(to_string(*any) == "(3, \"sum\")");
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("what comes during a call waits, and so does the request that led to it", "[call]") {
  world w;
  auto helper = w.track(spawn(w.home, successor));
  auto front = w.track(spawn(w.home, [&]() -> process_body {
    auto request = co_await receive<question>();
    send(self(), 1.5);
    auto answer = co_await call<int>(helper, question{request.number * 10});
    co_await sleep(1ms);
    respond(*answer);
    auto other = co_await receive<double>();
    CHECK(other == 1.5);
  }));
  CHECK(outcome(w, front) == "11");
}

TEST_CASE("callbacks call without waiting", "[call]") {
  world w;
  auto callee = w.track(spawn(w.home, successor));
  std::vector<call_ref> refs;
  auto a = w.spawn("a", [&](caf::mailbox_element& mail) {
    const auto& result = mail.content().get_as<call_result<int>>(0);
    auto which = std::ranges::find(refs, result.ref) - refs.begin();
    w.noted.note(std::to_string(which) + ": " +
                 (result ? std::to_string(*result) : to_string(result.failure)));
  });
  auto dead = w.spawn("dead");
  w.end(dead, late);
  w.in(a, [&] {
    refs.push_back(process_verbs::send_request<int>(callee, question{1}));
    refs.push_back(process_verbs::send_request<int>(callee, question{2}));
    refs.push_back(process_verbs::send_request<int>(callee, end_now{}));
    refs.push_back(process_verbs::send_request<int>(callee, question{4}));
  });
  auto noted = w.noted.take(4);
  std::ranges::sort(noted); // several monitors of one process are told in no order
  CHECK(noted == events{"0: 2", "1: 3", "2: exit: (\"late\")", "3: exit: (\"late\")"});
  w.in(a, [&] { refs = {process_verbs::send_request<int>(dead, question{1})}; });
  CHECK(w.noted.take(1) == events{"0: noproc"});
}

TEST_CASE("a callback's call ends with its time, once", "[call]") {
  world w;
  auto a = w.spawn("a", [&](caf::mailbox_element& mail) {
    w.noted.note(to_string(mail.content().get_as<call_result<int>>(0).failure));
  });
  std::promise<reply_to> asked;
  auto silent = w.spawn("silent", [&](auto&) { asked.set_value(process_verbs::take_request()); });
  w.in(a, [&] { process_verbs::send_request<int>(silent, question{1}, 1ms); });
  CHECK(w.noted.take(1) == events{"timeout"});
  asked.get_future().get().reply(1);
  w.end(silent, late);
  w.in(a, [&] { w.noted.note("end"); });
  CHECK(w.noted.take(1) == events{"end"});
}

TEST_CASE("a request that was taken is answered later, from anywhere", "[call]") {
  world w;
  std::promise<reply_to> asked;
  auto a = w.spawn("a", [&](auto&) {
    auto from = process_verbs::take_request();
    CHECK(from);
    CHECK_FALSE(process_verbs::take_request()); // it is taken
    process_verbs::respond(0);                  // and not to be answered in another way
    asked.set_value(std::move(from));
  });
  caf::scoped_actor self{w.system};
  auto request = self->request(a, patience, 1);
  auto from = asked.get_future().get();
  SECTION("by this thread, once") {
    from.reply(1, std::string{"one"});
    CHECK_FALSE(from);
    from.reply(2);
    request.receive([](int x, const std::string&) { CHECK(x == 1); },
                    [](const caf::error&) { FAIL("an error"); });
  }
  SECTION("by nobody, which refuses a CAF actor's request") {
    from = reply_to{};
    request.receive([](int) { FAIL("an answer"); },
                    [](const caf::error& why) { CHECK(why == caf::sec::request_receiver_down); });
  }
  w.in(a, [] { CHECK_FALSE(process_verbs::take_request()); }); // that was no request
}

TEST_CASE("a taken request that its process forgets ends with the process", "[call]") {
  world w;
  auto a = w.track(spawn(w.home, []() -> process_body {
    co_await receive<question>();
    static_cast<void>(take_request());
    co_await receive<end_now>();
    exit(late);
  }));
  send(a, end_now{});
  CHECK(outcome(w, a) == "exit: (\"late\")");
}

TEST_CASE("many calls at once come back in any order", "[call]") {
  constexpr int many = 200;
  world w;
  auto callee = w.track(spawn(w.home, []() -> process_body {
    std::vector<std::pair<int, reply_to>> waiting;
    while (waiting.size() < many) {
      auto number = (co_await receive<question>()).number;
      waiting.emplace_back(number, take_request());
    }
    for (; !waiting.empty(); waiting.pop_back())
      waiting.back().second.reply(waiting.back().first + 1);
  }));
  auto end = run(w, [&]() -> process_body {
    std::map<std::uint64_t, int> expected;
    for (int i = 0; i < many; ++i)
      expected[send_request<int>(callee, question{i}).id] = i + 1;
    for (int i = 0; i < many; ++i) {
      auto result = co_await receive<call_result<int>>();
      CHECK(*result == expected.at(result.ref.id));
      expected.erase(result.ref.id);
    }
    auto rest = co_await receive<caf::message>(0s);
    CHECK_FALSE(rest);
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("a reply that throws when it is taken crashes the caller", "[call]") {
  world w;
  auto callee = w.track(spawn(w.home, []() -> process_body {
    co_await receive<question>();
    respond(fragile{});
    co_await receive<end_now>();
  }));
  auto end = run(w, [&]() -> process_body {
    fragile::breaks_at = process::current()->id();
    co_await call<fragile>(callee, question{1});
  });
  CHECK(end.what() == exit_reason::kind::crash);
}

TEST_CASE("a call of the longest time of any unit waits for its reply", "[call]") {
  world w;
  auto callee = w.track(spawn(w.home, successor));
  auto end = run(w, [&]() -> process_body {
    auto reply = co_await call<int>(callee, question{1}, std::chrono::hours::max());
    CHECK((reply && *reply == 2));
  });
  CHECK(end == exit_reason::normal());
}

TEST_CASE("a call is of a process", "[call]") {
  CHECK_THROWS_AS(send_request<int>(pid{}, 1), std::logic_error);
  CHECK_THROWS_AS(take_request(), std::logic_error);
}
