// Answers: how long is it until the server holds nothing of its connections and of what they are subscribed to, when
// all clients vanish at once, and when the server is stopped? The server is a child process, since one process
// may not open both ends of 10,000 connections.
#include "bench/support/connection.hpp"
#include "bench/support/options.hpp"
#include "net/websocket_handler.hpp"
#include "runtime/node.hpp"
#include "runtime/topics.hpp"
#include "server/server.hpp"

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <csignal>
#include <iostream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>

namespace {

using namespace vaquero::bench;
using clock_type = std::chrono::steady_clock; // of the machine, and so the same in both processes

struct shape {
  std::size_t connections;
  std::size_t topics_each;
};

/// The usual ones; topics are shared, as rooms are.
constexpr std::array<shape, 2> shapes{{{1'000, 1'000}, {10'000, 10}}};
constexpr std::size_t topics = 1'000;

struct counts {
  std::atomic<std::size_t> begun = 0;
  std::atomic<std::size_t> open = 0;
};

class subscriber final : public vaquero::websocket_handler<> {
 public:
  subscriber(counts* all, std::size_t topics_each) : all_(all), topics_each_(topics_each) {}

  void websocket_init() override {
    const auto first = all_->begun++;
    for (std::size_t i = 0; i < topics_each_; ++i)
      vaquero::subscribe("room:" + std::to_string((first + i) % topics));
    ++all_->open;
  }
  void websocket_handle(const vaquero::frame&) override {}
  void terminate(const vaquero::terminate_reason&) override { --all_->open; }

 private:
  counts* all_;
  std::size_t topics_each_;
};

void tell(int fd, std::int64_t what) {
  if (write(fd, &what, sizeof what) != sizeof what) _exit(1);
}

std::int64_t hear(int fd) {
  std::int64_t what = 0;
  if (read(fd, &what, sizeof what) != sizeof what)
    throw std::runtime_error("the server has ended before its time");
  return what;
}

std::int64_t now_ns() { return clock_type::now().time_since_epoch() / std::chrono::nanoseconds(1); }

/// Tells its port, that all are subscribed, and the time at which it holds nothing any more.
[[noreturn]] void serve(int to_client, const shape& wanted, bool stops) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  counts all;
  vaquero::server server{{.listen = "127.0.0.1:0"}};
  server.route<subscriber>("/", {}, &all, wanted.topics_each);
  server.start();
  const auto url = server.urls().at(0);
  tell(to_client, std::stoi(url.substr(url.rfind(':') + 1)));
  auto pause = [] { std::this_thread::sleep_for(std::chrono::microseconds(200)); };
  while (all.open != wanted.connections)
    pause();
  tell(to_client, now_ns());
  std::jthread stopping;
  if (stops) stopping = std::jthread([&] { server.stop(); });
  while (all.open != 0)
    pause();
  // When it is stopped there are no topics to be asked for; a process is in none before it has ended.
  while (!stops && !vaquero::topics(server.home()).empty())
    pause();
  tell(to_client, now_ns());
  _exit(0);
}

double seconds_until_none(const shape& wanted, bool stops, const deadline& limit) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe can be had");
  const auto child = fork();
  if (child == 0) serve(pipe_ends[1], wanted, stops);
  ::close(pipe_ends[1]);
  const unique_fd from_server{pipe_ends[0]};
  sockaddr_in address{.sin_family = AF_INET,
                      .sin_port = htons(static_cast<std::uint16_t>(hear(from_server.get()))),
                      .sin_addr = {htonl(INADDR_LOOPBACK)},
                      .sin_zero = {}};
  std::vector<connection> connections;
  open_connections(connections, address, "/", wanted.connections, limit);
  auto began = hear(from_server.get());
  if (!stops) {
    began = now_ns(); // its clients' system closes them one by one, and that is counted
    for (auto& each : connections)
      each.shut();
  }
  const auto ended = hear(from_server.get());
  waitpid(child, nullptr, 0);
  return static_cast<double>(ended - began) / 1e9;
}

void run(const std::string& json, report& out) {
  const deadline limit{std::chrono::seconds(300)};
  out.table.push_back({"connections", "topics each", "end", "s until none is left"});
  for (const auto& each : shapes)
    for (const bool stops : {false, true}) {
      const std::string end = stops ? "the server stops" : "all clients vanish";
      const auto text = format_number(static_cast<double>(each.connections), 0);
      progress("closing: " + text + " connections, " + end);
      require_descriptors(each.connections);
      const auto seconds = seconds_until_none(each, stops, limit);
      out.table.push_back({text, format_number(static_cast<double>(each.topics_each), 0), end,
                           format_number(seconds, 3)});
      out.goals.push_back(
          {text + " connections, " + end + ": s until none is left", 1, seconds, 3});
    }
  out.print(std::cout);
  out.write_json(json);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"How long the end of all connections takes", "closing"};
  std::string json;
  app.add_option("--json", json, "A file for the results");
  report out("closing", argc, argv);
  return run_program(app, argc, argv, [&] { run(json, out); });
}
