// Peers that leave at every moment, send rubbish, or never read: the server goes on serving, keeps
// nothing of them, and what they cost is bounded.
#include "handlers/echo.hpp"
#include "tests/net_end/places.hpp"

#include <dirent.h>

using namespace vaquero;
using namespace vaquero::testing;

namespace {

/// Sockets, files and whatever else the process holds open.
std::size_t open_descriptors() {
  std::size_t count = 0;
  auto* folder = opendir("/proc/self/fd");
  while (readdir(folder))
    ++count;
  closedir(folder);
  return count;
}

connection_info info_of(test_server& server, const pid& connection) {
  connection_info result{};
  caf::scoped_actor self{server.system()};
  self->request(connection, patience, connection_query{})
      .receive([&](const connection_info& info) { result = info; },
               [](const caf::error&) { throw std::runtime_error{"the query failed"}; });
  return result;
}

enum class leaving { fin, half_open, reset };

void leave(raw_client& client, leaving how) {
  if (how == leaving::reset) return client.reset();
  if (how == leaving::half_open) client.shut_down_writing();
  client.close();
}

/// Goes as far as `stage` says and leaves.
void visit(std::uint16_t port, int stage, leaving how) {
  raw_client client{port};
  const auto request = upgrade_request("/");
  if (stage == 1) client.send(request.substr(0, 1));
  if (stage == 2) client.send(request.substr(0, request.size() - 1));
  if (stage >= 3) client.send(request);
  if (stage >= 4) client.read_head();
  if (stage == 5) client.send(client_text("cut off").substr(0, 3));
  if (stage == 6) client.send(client_frame(1, "begun", false));
  if (stage == 7) client.send(client_text("unread answer"));
  if (stage == 8) client.send(client_close(1000));
  if (stage == 9) client.send(raw_frame{.op = 3}.bytes());
  leave(client, how);
}

} // namespace

TEST_CASE("a thousand clients that leave at every stage leave nothing behind") {
  const auto before = open_descriptors();
  {
    test_server server{with_places()};
    server.serve<recorded_echo>("/", impatient);
    server.start();
    constexpr leaving ways[] = {leaving::fin, leaving::half_open, leaving::reset};
    for (int i = 0; i < 1000; ++i)
      visit(server.port(), i % 10, ways[i / 10 % 3]);
    check_all_places_free(server);
    auto& told = server.told();
    server.stop();
    CHECK(told.ends.size() == told.opened.size());
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("the memory of 10,000 clients that leave at every stage is back", "[.long]") {
  test_server server{with_places()};
  server.route<echo>("/", impatient);
  server.start();
  constexpr leaving ways[] = {leaving::fin, leaving::half_open, leaving::reset};
  check_memory_is_back(server, 10, [&] {
    for (int i = 0; i < 1'000; ++i)
      visit(server.port(), i % 10, ways[i / 10 % 3]);
  });
}

TEST_CASE("half-open clients are still answered") {
  test_server server;
  server.route_page("/page", [](const request&) { return response::text(200, "a page\n"); });
  server.serve<recorded_echo>("/");
  server.start();
  raw_client page{server.port()};
  page.send("GET /page HTTP/1.1\r\nHost: x\r\n\r\n");
  page.shut_down_writing();
  CHECK(page.read_status() == 200);
  raw_client echo{server.port(), "/"};
  echo.send(client_text("last words"));
  echo.shut_down_writing();
  CHECK(echo.read_frame() == text_frame("last words"));
  CHECK(echo.read_end() == raw_client::ending::eof);
  CHECK(server.ended() == terminate_reason{.what = kind::closed});
}

TEST_CASE("what is no HTTP is answered with a 400") {
  test_server server{with_places()};
  server.serve<recorded_echo>("/", impatient);
  server.start();
  const std::string rubbish[] = {
      "\x16\x03\x01\x02\x01", // a TLS hello
      "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      std::string(100, '\0'),
      "GET / HTTP/1.1\r\nHost x\r\n\r\n",
      "GET / HTTP/1.1\nHost: x\n\n\n\n",
      "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
      client_text("no handshake"),
  };
  for (const auto& bytes : rubbish) {
    INFO(bytes);
    raw_client client{server.port()};
    client.send(bytes);
    CHECK(client.read_status() == 400);
  }
  check_all_places_free(server);
}

TEST_CASE("a flood of pings is answered within bounded memory") {
  test_server server;
  server.serve<recorded_echo>("/");
  server.start();
  raw_client client{server.port(), "/"};
  const auto connection = server.opened();
  std::string pings;
  for (int i = 0; i < 1000; ++i)
    pings += client_frame(9, "flood");
  for (int round = 0; round < 20; ++round) {
    client.send(pings);
    for (int i = 0; i < 1000; ++i)
      REQUIRE(client.read_frame() == server_frame{10, true, "flood"});
  }
  CHECK(info_of(server, connection).buffered_bytes < 64 * 1024);
}

TEST_CASE("a flood of empty fragments takes no memory") {
  test_server server;
  server.serve<recorded_echo>("/");
  server.start();
  raw_client client{server.port(), "/"};
  const auto connection = server.opened();
  client.send(client_frame(1, "", false));
  std::string fragments;
  for (int i = 0; i < 10'000; ++i)
    fragments += client_frame(0, "", false);
  for (int round = 0; round < 20; ++round)
    client.send(fragments);
  client.send(client_frame(9, "read so far?"));
  CHECK(client.read_frame() == server_frame{10, true, "read so far?"});
  CHECK(info_of(server, connection).buffered_bytes < 4096);
  client.send(client_frame(0, "done"));
  CHECK(client.read_frame() == text_frame("done"));
}

TEST_CASE("a client that sends and never reads is read no more, and others are served") {
  test_server server;
  server.serve<recorded_echo>("/");
  server.start();
  raw_client greedy{server.port(), "/", "", 4096};
  raw_client other{server.port(), "/"};
  const auto first = server.opened();
  const auto second = server.opened();
  const auto burst = client_text(std::string(60'000, 'x'));
  // Until the kernels on both sides take no more, which an answer to the other client confirms.
  int refused = 0;
  for (int rounds = 0; refused < 100 && rounds < 100'000; ++rounds) {
    refused = greedy.send_some(burst) ? 0 : refused + 1;
    other.send(client_text("served"));
    REQUIRE(other.read_frame() == text_frame("served"));
  }
  CHECK(refused == 100);
  constexpr std::uint64_t bound = 1 << 20; // far below what was sent, and what kernels hold
  CHECK(info_of(server, first).buffered_bytes < bound);
  CHECK(info_of(server, second).buffered_bytes < bound);
  CHECK(server.told().ends.size() == 0);
  greedy.reset();
  CHECK(server.ended().what != kind::normal);
  other.send(client_text("served"));
  CHECK(other.read_frame() == text_frame("served"));
  constexpr std::uint64_t spare = 128 * 1024; // what loops keep to themselves, and for the next
  CHECK(server.buffered_bytes() <= spare);
}
