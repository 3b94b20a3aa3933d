// The log: a line an event, in both formats, and what becomes of lines that cannot be written.
#include "runtime/log.hpp"
#include "tests/support/log_place.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

using lines = std::vector<std::string>;

/// stderr, led into a pipe, or a terminal, that nobody reads until `drain`.
class stuck_stderr {
 public:
  enum class kind { pipe, terminal };

  explicit stuck_stderr(kind is = kind::pipe) : kept_(dup(STDERR_FILENO)) {
    if (is == kind::pipe) {
      REQUIRE(pipe2(ends_, O_CLOEXEC) == 0);
    } else {
      ends_[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
      REQUIRE(grantpt(ends_[0]) == 0);
      REQUIRE(unlockpt(ends_[0]) == 0);
      ends_[1] = open(ptsname(ends_[0]), O_WRONLY | O_NOCTTY | O_CLOEXEC);
    }
    REQUIRE(dup2(ends_[1], STDERR_FILENO) == STDERR_FILENO);
    set_log({});
  }
  ~stuck_stderr() {
    dup2(kept_, STDERR_FILENO);
    for (int fd : {kept_, ends_[0], ends_[1]})
      ::close(fd);
    set_log({});
  }

  /// What is in it.
  std::string drain() const {
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    std::string all(1 << 20, ' ');
    std::size_t size = 0;
    for (ssize_t count; (count = read(ends_[0], all.data() + size, all.size() - size)) > 0;)
      size += static_cast<std::size_t>(count);
    return all.substr(0, size);
  }

 private:
  int kept_;
  int ends_[2];
};

} // namespace

TEST_CASE("an event is a line, also one whose text has several") {
  log_place place;
  set_log({.file = place.path()});
  log_warning("one\n  two");
  log_info("three");
  CHECK(place.lines() == lines{"warning: one |   two", "info: three"});
}

TEST_CASE("what is less than the level is not logged") {
  log_place place;
  set_log({.level = log_level::warning, .file = place.path()});
  log_debug("no");
  log_info("no");
  log_warning("yes");
  log_error("yes");
  set_log({.level = log_level::off, .file = place.path()});
  log_error("no");
  CHECK(place.lines() == lines{"warning: yes", "error: yes"});
}

TEST_CASE("as JSON an event is an object on a line, whatever its text holds") {
  log_place place;
  set_log({.format = log_format::json, .file = place.path()});
  log_info("a \"b\" \\ \x01\xFF\n");
  std::ifstream in{place.path()};
  std::string line;
  std::getline(in, line);
  CHECK(line.starts_with("{\"time\":\"2"));
  CHECK(line.ends_with(R"(","level":"info","event":"a \"b\" \\ \u0001\u00ff | "})"));
}

TEST_CASE("as JSON what is UTF-8 stays so, and every other byte is escaped alone") {
  log_place place;
  set_log({.format = log_format::json, .file = place.path()});
  log_info("\xC3\xBC \xE2\x82\xAC \xF0\x9F\x90\x8E"); // two, three and four bytes
  log_info("\xC3 \xE2\x82 \xC0\xAF \xED\xA0\x80 \xC2\x85\x7F");
  std::ifstream in{place.path()};
  std::string line;
  std::getline(in, line);
  CHECK(line.ends_with("\"event\":\"\xC3\xBC \xE2\x82\xAC \xF0\x9F\x90\x8E\"}"));
  std::getline(in, line);
  CHECK(line.ends_with(
      R"("event":"\u00c3 \u00e2\u0082 \u00c0\u00af \u00ed\u00a0\u0080 \u0085\u007f"})"));
}

TEST_CASE("is_logged says what is") {
  log_place place;
  set_log({.level = log_level::info, .file = place.path()});
  CHECK_FALSE(is_logged(log_level::debug));
  CHECK(is_logged(log_level::info));
  set_log({.level = log_level::off, .file = place.path()});
  CHECK_FALSE(is_logged(log_level::error));
}

TEST_CASE("a log that is opened again at its path is appended to") {
  log_place place;
  for (const char* text : {"one", "two"}) {
    set_log({.file = place.path()});
    log_info(text);
  }
  CHECK(place.lines() == lines{"info: one", "info: two"});
}

TEST_CASE("a log that cannot be opened is refused, and the old one stays") {
  log_place place;
  set_log({.file = place.path()});
  CHECK_THROWS_WITH(set_log({.file = "/no/such/folder/log"}), Catch::Contains("No such file"));
  log_info("still here");
  CHECK(place.lines() == lines{"info: still here"});
}

TEST_CASE("lines that cannot be written are lost, counted, and told of when writing works again") {
  log_place place;
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  REQUIRE(mkfifo(place.path().c_str(), 0600) == 0);
  const auto open_reader = [&] { return open(place.path().c_str(), O_RDONLY | O_NONBLOCK); };
  int reader = open_reader();
  set_log({.file = place.path()});
  ::close(reader);
  log_info("lost");
  log_info("lost too");
  reader = open_reader();
  log_info("back");
  char text[1000];
  const auto count = read(reader, text, sizeof text);
  REQUIRE(count > 0);
  const std::string got{text, static_cast<std::size_t>(count)};
  CHECK_THAT(got, Catch::Contains("warning: 2 lines before this one could not be logged\n"));
  CHECK_THAT(got, Catch::EndsWith("info: back\n"));
  ::close(reader);
  std::signal(SIGPIPE, before);
}

TEST_CASE("a pipe that nobody reads stops nobody, and each line is logged or counted as lost") {
  constexpr std::size_t all = 3000; // a pipe holds 64 KiB
  stuck_stderr log;
  for (std::size_t i = 0; i < all; ++i)
    log_info("a line of some length, which comes again and again");
  const auto first = log.drain();
  log_info("back");
  const auto kept = static_cast<std::size_t>(std::ranges::count(first, '\n'));
  CHECK(first.ends_with("again and again\n"));
  CHECK(kept < all);
  CHECK_THAT(log.drain(), Catch::Contains("warning: " + std::to_string(all - kept) +
                                          " lines before this one could not be logged\n") &&
                              Catch::EndsWith("info: back\n"));
}

TEST_CASE("a terminal that nobody reads stops nobody") {
  stuck_stderr log{stuck_stderr::kind::terminal};
  for (int i = 0; i < 3000; ++i)
    log_info("a line of some length, which comes again and again");
  log.drain();
  log_info("back");
  CHECK_THAT(log.drain(), Catch::Contains(" lines before this one could not be logged") &&
                              Catch::EndsWith("info: back\r\n"));
}

TEST_CASE("a log that is a pipe which nobody reads is refused, not waited for") {
  log_place place;
  REQUIRE(mkfifo(place.path().c_str(), 0600) == 0);
  CHECK_THROWS_AS(set_log({.file = place.path()}), std::invalid_argument);
}

TEST_CASE("a line that a pipe takes the front of only is lost, and the next one begins a line") {
  stuck_stderr log;
  log_info("long " + std::string(200'000, 'x'));
  CHECK(log.drain().ends_with("xxx"));
  log_info("back");
  const auto after = log.drain();
  CHECK(after.starts_with("\n"));
  CHECK_THAT(after, Catch::Contains("warning: 1 lines before this one could not be logged\n") &&
                        Catch::EndsWith("info: back\n"));
}
