// What a client that stalls for a while sees when it goes on.
#include "tests/support/slow_client.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;
using namespace vaquero::testing;

TEST_CASE("of 10,000 values of one key a stalled client sees what the kernels held, then the last",
          "[queue]") {
  constexpr std::uint32_t unsent_max = 16 * 1024;
  constexpr std::size_t segment = 64 * 1024; // the kernel's last one may go that far beyond
  constexpr int values = 10'000;
  slow_client s{{.queue_policy = queue_policy::keep_latest, .unsent_bytes_max = unsent_max}};
  const std::string padding(200, '.'); // together two megabytes
  for (int i = 1; i <= values; ++i)
    send_data(s.connection, std::to_string(i) + padding, {.key = "price"});
  const auto waiting = s.queue(); // behind all of them, for it has the same sender
  CHECK(waiting.frames == 1);

  std::size_t stale_bytes = 0;
  int seen = 0, last = 0;
  while (last != values) {
    const auto frame = s.client->read_frame();
    REQUIRE(frame.op == 1);
    const auto value = std::stoi(frame.payload);
    REQUIRE(value > last);
    last = value;
    ++seen;
    if (value != values) stale_bytes += frame.payload.size() + 4; // and its header
  }
  CHECK(waiting.dropped == static_cast<std::uint64_t>(values - seen));
  const auto bound = unsent_max + segment + s.client->receive_buffer_size();
  WARN(stale_bytes << " stale bytes of at most " << bound << ", " << seen << " of " << values
                   << " values");
  CHECK(stale_bytes <= bound);
}
