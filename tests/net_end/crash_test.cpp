// An exception that leaves a callback ends one connection, is told to the client by a code, and to us by
// its type, its text and its stack.
#include "tests/net_end/end_support.hpp"

#include <cstdio>
#include <unistd.h>

namespace vaquero::testing {

struct order {
  std::string text;
};

/// Each throws in the callback that it is named after. Not in an anonymous namespace, so that the
/// stack can name it.
class crash_in_init final : public recorded<> {
 public:
  using recorded::recorded;
  upgrade init(const request&) override { throw std::logic_error{"thrown in init"}; }
};
class crash_in_constructor final : public recorded<> {
 public:
  explicit crash_in_constructor(probe_ptr told) : recorded(std::move(told)) {
    throw std::logic_error{"thrown in the constructor"};
  }
};
class crash_in_websocket_init final : public recorded<> {
 public:
  using recorded::recorded;
  void websocket_init() override {
    recorded::websocket_init();
    throw std::logic_error{"thrown in websocket_init"};
  }
};
class crash_in_websocket_handle final : public recorded<> {
 public:
  using recorded::recorded;
  void websocket_handle(const frame&) override {
    reply("sent before the crash");
    throw std::logic_error{"thrown in websocket_handle"};
  }
};
class crash_in_websocket_info final : public recorded<order> {
 public:
  using recorded::recorded;
  void websocket_info(const order& what) override { throw std::range_error{what.text}; }
};
class crash_in_terminate final : public recorded<> {
 public:
  using recorded::recorded;
  void terminate(const terminate_reason& why) override {
    recorded::terminate(why);
    throw std::logic_error{"thrown in terminate"};
  }
};
class bad_answer final : public recorded<> {
 public:
  using recorded::recorded;
  upgrade init(const request&) override { return accept({.subprotocol = "never offered"}); }
};

} // namespace vaquero::testing

using namespace vaquero;
using namespace vaquero::testing;
using Catch::Matchers::Contains;

namespace {

/// Takes what the process writes to stderr.
class captured_stderr {
 public:
  captured_stderr() : file_(std::tmpfile()), old_(dup(STDERR_FILENO)) {
    dup2(fileno(file_), STDERR_FILENO);
  }
  ~captured_stderr() {
    restore();
    std::fclose(file_);
  }

  std::string text() {
    restore();
    std::string all;
    std::rewind(file_);
    for (int c = 0; (c = std::fgetc(file_)) != EOF;)
      all += static_cast<char>(c);
    return all;
  }

 private:
  void restore() {
    if (old_ < 0) return;
    std::fflush(stderr);
    dup2(old_, STDERR_FILENO);
    close(old_);
    old_ = -1;
  }

  std::FILE* file_;
  int old_;
};

template <class Handler>
void start(test_server& server) {
  server.serve<Handler>("/");
  server.start();
}

void check_crash(const crash_info& crash, const std::string& type, const std::string& text,
                 const std::string& function) {
  CHECK(crash.type == type);
  CHECK(crash.text == text);
  CHECK_THAT(crash.stack, Contains(function));
}

} // namespace

TEST_CASE("a crash in init is answered with a 500") {
  captured_stderr log;
  test_server server;
  start<crash_in_init>(server);
  raw_client client{server.port()};
  client.send(upgrade_request("/"));
  CHECK(client.read_status() == 500);
  client.close();
  const auto why = server.ended();
  CHECK(why.what == kind::crash);
  check_crash(why.crash, "std::logic_error", "thrown in init", "crash_in_init::init");
  server.stop();
  CHECK(server.told().ends.size() == 0);
  CHECK_THAT(log.text(), Contains("crash_in_init") && Contains(" in init"));
}

TEST_CASE("a crash in a handler's constructor is answered with a 500") {
  captured_stderr log;
  test_server server;
  start<crash_in_constructor>(server);
  raw_client client{server.port()};
  client.send(upgrade_request("/"));
  CHECK(client.read_status() == 500);
  client.close();
  server.stop();
  CHECK(server.told().ends.size() == 0); // there was nobody to terminate
  CHECK_THAT(log.text(), Contains("thrown in the constructor"));
}

TEST_CASE("an answer that breaks the handshake is a crash in init") {
  captured_stderr log;
  test_server server;
  start<bad_answer>(server);
  raw_client client{server.port()};
  client.send(upgrade_request("/"));
  CHECK(client.read_status() == 500);
  client.close();
  CHECK(server.ended().crash.type == "std::invalid_argument");
}

TEST_CASE("a crash in websocket_init is answered with 1011 behind the 101") {
  captured_stderr log;
  test_server server;
  start<crash_in_websocket_init>(server);
  raw_client client{server.port(), "/"};
  CHECK(client.read_frame() == close_frame(1011));
  CHECK(client.read_end() == raw_client::ending::eof);
  const auto why = server.ended();
  CHECK(why.what == kind::crash);
  check_crash(why.crash, "std::logic_error", "thrown in websocket_init",
              "crash_in_websocket_init::websocket_init");
  CHECK_THAT(log.text(), Contains("crash_in_websocket_init") && Contains(" in websocket_init"));
}

TEST_CASE("a crash in websocket_handle is answered with 1011, and a monitor sees it") {
  captured_stderr log;
  test_server server;
  start<crash_in_websocket_handle>(server);
  raw_client client{server.port(), "/"};
  {
    watcher monitor{server, server.opened()};
    client.send(client_text("go"));
    CHECK(client.read_frame() == text_frame("sent before the crash"));
    CHECK(client.read_frame() == close_frame(1011));
    const auto seen = monitor.reason();
    CHECK(seen.what() == exit_reason::kind::crash);
    check_crash(seen.crash(), "std::logic_error", "thrown in websocket_handle",
                "crash_in_websocket_handle::websocket_handle");
  }
  CHECK(server.ended().what == kind::crash);
  client.close();
  server.stop();
  CHECK(server.told().ends.size() == 0);
  CHECK_THAT(log.text(), Contains("crash_in_websocket_handle") &&
                             Contains(" in websocket_handle") &&
                             Contains("thrown in websocket_handle"));
}

TEST_CASE("a crash in websocket_info is answered with 1011") {
  captured_stderr log;
  test_server server;
  start<crash_in_websocket_info>(server);
  raw_client client{server.port(), "/"};
  vaquero::send(server.opened(), order{"thrown in websocket_info"});
  CHECK(client.read_frame() == close_frame(1011));
  const auto why = server.ended();
  CHECK(why.what == kind::crash);
  check_crash(why.crash, "std::range_error", "thrown in websocket_info",
              "crash_in_websocket_info::websocket_info");
  CHECK_THAT(log.text(), Contains("crash_in_websocket_info") && Contains(" in websocket_info"));
}

TEST_CASE("a crash in terminate is logged and changes nothing") {
  captured_stderr log;
  test_server server;
  start<crash_in_terminate>(server);
  raw_client client{server.port(), "/"};
  {
    watcher monitor{server, server.opened()};
    client.send(client_close(1000));
    CHECK(client.read_frame() == close_frame(1000));
    CHECK(client.read_end() == raw_client::ending::eof);
    CHECK(monitor.reason() == exit_reason::normal());
  }
  client.close();
  CHECK(server.ended().what == kind::remote_code);
  server.stop();
  CHECK(server.told().ends.size() == 0);
  CHECK_THAT(log.text(), Contains("crash_in_terminate") && Contains(" in terminate") &&
                             Contains("thrown in terminate"));
}

TEST_CASE("a crash ends one connection and no other") {
  captured_stderr log;
  test_server server;
  server.serve<crash_in_websocket_handle>("/crash");
  server.serve<recorded_echo>("/echo");
  server.start();
  raw_client echoing{server.port(), "/echo"};
  for (int i = 0; i < 100; ++i) {
    raw_client crashing{server.port(), "/crash"};
    crashing.send(client_text("go"));
    CHECK(crashing.read_frame() == text_frame("sent before the crash"));
    CHECK(crashing.read_frame() == close_frame(1011));
  }
  echoing.send(client_text("still there"));
  CHECK(echoing.read_frame() == text_frame("still there"));
}
