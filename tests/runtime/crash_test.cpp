#include "runtime/crash_log.hpp"
#include "tests/support/world.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <unistd.h>

using namespace vaquero;
using namespace vaquero::test;
using verbs = process_verbs;

/// Not in the unnamed namespace: only exported functions have names in a stack.
[[gnu::noinline]] void throw_out_of_range(std::size_t at) { std::string{}.at(at) = 'x'; }

namespace {

struct code {
  int value;
};

crash_info crash_of(std::function<void()> callback) {
  world w;
  std::promise<crash_info> told;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher", [&](caf::mailbox_element& mail) {
    told.set_value(mail.content().get_as<down>(0).reason.crash());
  });
  w.in(watcher, [&] { verbs::monitor(a); });
  world::tell(a, std::move(callback));
  return told.get_future().get();
}

/// What the log says while this is called.
std::string logged(const std::function<void()>& call) {
  std::unique_ptr<std::FILE, decltype(&std::fclose)> file{std::tmpfile(), &std::fclose};
  std::fflush(stderr);
  auto terminal = ::dup(STDERR_FILENO);
  ::dup2(::fileno(file.get()), STDERR_FILENO);
  call();
  std::fflush(stderr);
  ::dup2(terminal, STDERR_FILENO);
  ::close(terminal);
  std::string text(1 << 16, '\0');
  std::rewind(file.get());
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

} // namespace

TEST_CASE("a crash tells type, text, and the stack where it was thrown", "[crash]") {
  auto crash = crash_of([] { throw_out_of_range(7); });
  CHECK(crash.type == "std::out_of_range");
  CHECK(crash.text.find('7') != std::string::npos);
  CHECK(crash.stack.find("throw_out_of_range") != std::string::npos);
  CHECK(crash.stack.find("handle_message") != std::string::npos);
  CHECK(crash.stack.find("note_throw") == std::string::npos);
}

TEST_CASE("anything that is thrown is a crash", "[crash]") {
  CHECK(crash_of([] { throw std::string{"text"}; }).text == "text");
  CHECK(crash_of([] { throw "literal"; }).text == "literal");
  auto number = crash_of([] { throw code{7}; });
  CHECK(number.type.find("code") != std::string::npos);
  CHECK(number.text == "no text");
}

TEST_CASE("the stack is that of the exception that left the callback", "[crash]") {
  SECTION("not of one that was handled before") {
    auto elsewhere = std::make_exception_ptr(std::runtime_error{"from elsewhere"});
    auto crash = crash_of([&] {
      try {
        throw_out_of_range(1);
      } catch (const std::out_of_range&) {
        // handled
      }
      std::rethrow_exception(elsewhere);
    });
    CHECK(crash.text == "from elsewhere");
    CHECK(crash.stack.find("throw_out_of_range") == std::string::npos);
  }
  SECTION("also when it was caught and thrown on") {
    auto crash = crash_of([] {
      try {
        throw_out_of_range(1);
      } catch (const std::out_of_range&) {
        throw;
      }
    });
    CHECK(crash.stack.find("throw_out_of_range") != std::string::npos);
  }
}

TEST_CASE("a crash ends the process, and its links", "[crash]") {
  world w;
  auto a = w.spawn("a");
  auto b = w.spawn("b");
  w.in(b, [&] {
    verbs::trap_exit(true);
    verbs::link(a);
  });
  world::tell(a, [] { throw std::runtime_error{"oops"}; });
  CHECK(w.noted.take(1) == events{"b: EXIT crash: std::runtime_error: oops"});
  CHECK(w.home.crash_log().total() == 1);
}

TEST_CASE("a crash while a trapped signal is handled is a crash like another", "[crash]") {
  world w;
  auto a = w.spawn("a", [](auto&) { throw std::runtime_error{"oops"}; });
  auto watcher = w.spawn("watcher");
  w.in(watcher, [&] { verbs::monitor(a); });
  w.in(a, [] { verbs::trap_exit(true); });
  exit(a, exit_reason::normal());
  CHECK(w.noted.take(1) == events{"watcher: down crash: std::runtime_error: oops"});
}

TEST_CASE("a crash in the last callback leaves the reason as it was", "[crash]") {
  world w;
  auto a = w.spawn("a");
  auto watcher = w.spawn("watcher");
  auto crashes = GENERATE(true, false);
  w.in(watcher, [&] { verbs::monitor(a); });
  w.in(a, [&] {
    static_cast<probe*>(process::current())->at_exit = [crashes](const exit_reason&) {
      if (crashes) throw std::runtime_error{"too late"};
      verbs::exit(exit_reason::normal());
    };
  });
  exit(a, exit_reason::shutdown());
  CHECK(w.noted.take(1) == events{"watcher: down shutdown"});
  CHECK(w.home.crash_log().total() == (crashes ? 1 : 0));
}

TEST_CASE("a crash is logged once, and its repeats are counted", "[crash_log]") {
  crash_log log;
  const crash_site where{"hello", "websocket_handle", 17};
  const crash_info what{"std::runtime_error", "bad \n text", "    at f\n"};
  auto first = logged([&] { CHECK(log.report(where, what) == 1); });
  CHECK(first.find("crash of hello 17 in websocket_handle: std::runtime_error: bad \\x0a text | "
                   "    at f | \n") != std::string::npos);
  auto repeats = logged([&] {
    for (std::uint64_t i = 2; i <= 100; ++i) {
      auto another = where;
      another.id = i; // the number of the process makes it no other crash
      CHECK(log.report(another, what) == i);
    }
  });
  CHECK(lines_of(repeats) == 6); // 2, 4, 8, 16, 32, 64
  CHECK(repeats.find("64 times") != std::string::npos);
  CHECK(log.total() == 100);
}

TEST_CASE("crashes that differ in place, type or text are counted apart", "[crash_log]") {
  crash_log log;
  logged([&] {
    CHECK(log.report({"p", "f", 1}, {"t", "x", ""}) == 1);
    CHECK(log.report({"q", "f", 1}, {"t", "x", ""}) == 1);
    CHECK(log.report({"p", "g", 1}, {"t", "x", ""}) == 1);
    CHECK(log.report({"p", "f", 1}, {"u", "x", ""}) == 1);
    CHECK(log.report({"p", "f", 1}, {"t", "y", ""}) == 1);
    CHECK(log.report({"p", "f", 1}, {"t", "x", "another stack"}) == 2);
  });
}

TEST_CASE("past a thousand kinds crashes are counted as one", "[crash_log]") {
  crash_log log;
  logged([&] {
    for (int i = 0; i < 1'000; ++i)
      REQUIRE(log.report({"p", "f", 1}, {"t", std::to_string(i), ""}) == 1);
    CHECK(log.report({"p", "f", 1}, {"t", "one more", ""}) == 1);
    CHECK(log.report({"p", "f", 1}, {"t", "yet another", ""}) == 2);
    CHECK(log.report({"p", "f", 1}, {"t", "999", ""}) == 2);
  });
}

TEST_CASE("long texts are told apart by what the log shows of them", "[crash_log]") {
  crash_log log;
  logged([&] {
    const std::string long_text(100'000, 'x');
    CHECK(log.report({"p", "f", 1}, {"t", long_text + "1", ""}) == 1);
    CHECK(log.report({"p", "f", 1}, {"t", long_text + "2", ""}) == 2);
  });
}
