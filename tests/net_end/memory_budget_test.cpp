// More than all buffers of a node may hold: who is refused, who is closed, and who is served.
#include "tests/net_end/end_support.hpp"

#include <vector>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

constexpr std::size_t budget = 16 << 20;
constexpr std::size_t unreported = 64 * 1024; // what a loop may keep to itself
constexpr std::size_t spare = 64 * 1024;      // buffers that wait for their next connection

server_options tight() {
  auto options = one_loop();
  options.buffer_bytes_max = budget;
  return options;
}

/// The beginning of a message, and a ping that tells when it has been read.
std::string half_a_message(std::size_t bytes) {
  return client_frame(1, std::string(bytes, 'h'), false) + client_frame(9, "read?");
}

void check_served(test_server& server) {
  raw_client other{server.port(), "/"};
  server.opened();
  other.send(client_text("small"));
  CHECK(other.read_frame() == text_frame("small"));
  other.send(client_close(1000));
  CHECK(other.read_frame() == close_frame(1000));
  CHECK(server.ended().what == kind::remote_code);
}

} // namespace

TEST_CASE("2,000 clients with half a message each stay within the node's budget") {
  constexpr int clients = 2000;
  constexpr std::size_t half = 20'000; // forty megabytes in all
  test_server server{tight()};
  server.serve<recorded_echo>("/");
  server.start();
  std::vector<raw_client> all;
  const auto bytes = half_a_message(half);
  for (int i = 0; i < clients; ++i) {
    auto& client = all.emplace_back(server.port(), "/");
    client.send(bytes);
    const auto answer = client.read_frame();
    if (answer.op == 8)
      REQUIRE(answer == close_frame(1013, "out of memory"));
    else
      REQUIRE(answer == server_frame{10, true, "read?"});
    REQUIRE(server.buffered_bytes() <= budget + unreported + half);
  }
  const auto closed = server.told().ends.size();
  CHECK(closed >= clients - budget / half);
  CHECK(closed < clients - budget / half * 3 / 4); // no more than it takes
  for (std::size_t i = 0; i < closed; ++i)
    CHECK(server.ended() == terminate_reason{.what = kind::stop});
  server.told().opened.clear();
  check_served(server);

  all.clear(); // the others leave
  for (std::size_t i = closed; i < clients; ++i)
    server.ended();
  check_served(server);
  CHECK(server.buffered_bytes() <= unreported + spare);
}

TEST_CASE("the largest holder is closed, those that hold little go on") {
  constexpr std::size_t little = 12'000;
  test_server server{tight()};
  server.serve<recorded_echo>("/", {.max_frame_size = budget});
  server.start();
  const server_frame pong{10, true, "read?"};
  raw_client large{server.port(), "/"};
  large.send(half_a_message(budget / 4));
  CHECK(large.read_frame() == pong);
  std::vector<raw_client> small;
  while (server.told().ends.size() == 0) {
    REQUIRE(small.size() < budget / little);
    small.emplace_back(server.port(), "/").send(half_a_message(little));
    REQUIRE(small.back().read_frame() == pong);
  }
  CHECK(large.read_frame() == close_frame(1013, "out of memory"));
  for (auto& each : small)
    each.send(client_frame(0, "end"));
  for (auto& each : small)
    CHECK(each.read_frame() == text_frame(std::string(little, 'h') + "end"));
  CHECK(server.told().ends.size() == 1);
}

TEST_CASE("output that nobody reads counts, and is given up with a reset") {
  test_server server{tight()};
  server.serve<recorded_echo>("/", {.queue_bytes_max = 2 * budget});
  server.start();
  raw_client lazy{server.port(), "/", "", 4096};
  raw_client other{server.port(), "/"};
  const auto connection = server.opened();
  send_data(connection, std::string(budget * 3 / 2, 'x'));
  const auto why = server.ended();
  CHECK(why.what == kind::socket_error);
  CHECK(why.error == std::errc::not_enough_memory);
  CHECK(lazy.wait_for_reset());
  other.send(client_text("small"));
  CHECK(other.read_frame() == text_frame("small"));
  CHECK(server.buffered_bytes() <= unreported + spare);
}

TEST_CASE("output of many frames that nobody reads is dropped, and the close frame follows") {
  test_server server{tight()};
  server.serve<recorded_echo>("/", {.queue_bytes_max = 2 * budget, .queue_frames_max = 100'000});
  server.start();
  raw_client lazy{server.port(), "/", "", 4096};
  const auto connection = server.opened();
  const std::string each(1000, 'x');
  for (std::size_t i = 0; i < budget / 1000 + 1000; ++i)
    send_data(connection, each);
  CHECK(server.ended() == terminate_reason{.what = kind::stop});
  server_frame frame;
  do
    frame = lazy.read_frame();
  while (frame == text_frame(each));
  CHECK(frame == close_frame(1013, "out of memory"));
}
