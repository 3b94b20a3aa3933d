// The parts of `vaquero bench ws` that need no server.
#include "bench/suite/histogram.hpp"
#include "bench/suite/message_reader.hpp"
#include "bench/suite/message_set.hpp"
#include "bench/suite/schedule.hpp"
#include "bench/suite/server_watch.hpp"
#include "bench/suite/target.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

using namespace vaquero::bench;
using namespace std::chrono_literals;

namespace {

std::string server_frame_of(std::uint8_t first, std::string_view payload) {
  std::string bytes(1, static_cast<char>(first));
  if (payload.size() < 126) {
    bytes += static_cast<char>(payload.size());
  } else if (payload.size() < 65'536) {
    bytes += {126, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())};
  } else {
    bytes += {127, 0, 0, 0, 0};
    for (int shift : {24, 16, 8, 0})
      bytes += static_cast<char>(payload.size() >> shift);
  }
  return bytes.append(payload);
}

std::vector<std::string> messages_in(message_reader& reader, std::string_view bytes) {
  std::vector<std::string> found;
  reader.read(bytes, [&](const incoming& each) { found.emplace_back(each.payload); });
  return found;
}

} // namespace

TEST_CASE("a histogram tells a percentile to a 128th of its value", "[bench]") {
  histogram times;
  for (int us = 1; us <= 10'000; ++us)
    times.add(std::chrono::microseconds(us));
  REQUIRE(times.count() == 10'000);
  for (double percent : {0.01, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    CAPTURE(percent);
    const auto exact = percent * 100 * 1e3;
    REQUIRE(static_cast<double>(times.percentile(percent).count()) >= exact);
    REQUIRE(static_cast<double>(times.percentile(percent).count()) <= exact * (1 + 1.0 / 128));
  }
  REQUIRE(times.percentile(100) == 10ms);
  REQUIRE(times.max() == 10ms);
  REQUIRE(times.mean() == 5'000'500ns);
}

TEST_CASE("a histogram holds what is below a nanosecond and beyond an hour", "[bench]") {
  histogram times;
  REQUIRE(times.percentile(50) == 0ns);
  times.add(-5ns);
  times.add(100h, 3);
  REQUIRE(times.percentile(25) == 0ns);
  REQUIRE(times.max() == 100h);
  REQUIRE(times.count() == 4);
  histogram sum;
  sum.add(times);
  sum.add(times);
  REQUIRE(sum.count() == 8);
  REQUIRE(sum.distribution().back().second == 100);
  sum.clear();
  REQUIRE(sum.count() == 0);
  REQUIRE(sum.distribution().empty());
}

TEST_CASE("a reader finds the same messages however the bytes come", "[bench]") {
  const std::string large(70'000, 'l');
  const auto bytes = server_frame_of(0x81, "one") + server_frame_of(0x01, "tw") +
                     server_frame_of(0x89, "ping") + server_frame_of(0x80, "o") +
                     server_frame_of(0x82, std::string(126, 'b')) + server_frame_of(0x81, large) +
                     server_frame_of(0x81, "");
  const std::vector<std::string> expected{"one", "ping", "two", std::string(126, 'b'), large, ""};
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
    CAPTURE(step);
    message_reader reader;
    std::vector<std::string> found;
    for (std::size_t at = 0; at < bytes.size(); at += step)
      for (auto& each : messages_in(reader, std::string_view(bytes).substr(at, step)))
        found.push_back(std::move(each));
    REQUIRE(found == expected);
  }
}

TEST_CASE("a reader refuses what RFC 6455 forbids a server", "[bench]") {
  const auto refused = [](const std::string& bytes) {
    message_reader reader;
    REQUIRE_THROWS_AS(messages_in(reader, bytes), protocol_failure);
  };
  refused("\x81\x85");                          // masked
  refused(server_frame_of(0xC1, "compressed")); // not agreed on
  refused(server_frame_of(0x91, ""));           // reserved bits
  refused(server_frame_of(0x83, ""));           // reserved opcodes
  refused(server_frame_of(0x8B, ""));
  refused(server_frame_of(0x80, "continues nothing"));
  refused(server_frame_of(0x01, "begins") + server_frame_of(0x81, "again"));
  refused(server_frame_of(0x09, "a ping in parts"));
  refused(server_frame_of(0x89, std::string(126, 'p')));
  message_reader reader(true);
  REQUIRE(messages_in(reader, server_frame_of(0xC1, "compressed")).size() == 1);
}

TEST_CASE("a reader takes a message of its bound and refuses one byte more", "[bench]") {
  const auto head = [](std::uint64_t size) {
    std::string bytes{'\x82', '\x7F'};
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes += static_cast<char>(size >> shift);
    return bytes;
  };
  message_reader reader;
  REQUIRE(messages_in(reader, head(message_size_max)).empty());
  message_reader other;
  REQUIRE_THROWS_AS(messages_in(other, head(message_size_max + 1)), protocol_failure);
}

TEST_CASE("a set of messages verifies each against its own number", "[bench]") {
  for (const std::size_t size : {1u, 16u, 4'096u}) {
    CAPTURE(size);
    message_set messages(size, false);
    const auto text = numbered_text(3, size, false);
    REQUIRE(text.size() == size);
    messages.verify(3, {frame_type::text, text});
    REQUIRE_THROWS_AS(messages.verify(4, {frame_type::text, text}), protocol_failure);
    REQUIRE_THROWS_AS(messages.verify(3, {frame_type::binary, text}), protocol_failure);
  }
}

TEST_CASE("a set of messages hands out any number of frames in pieces", "[bench]") {
  message_set messages(100, false);
  std::uint64_t number = 60;
  std::size_t left = 300, bytes = 0;
  while (left > 0) {
    const auto piece = messages.frames(number, left);
    REQUIRE(piece.count >= 1);
    REQUIRE(piece.count <= left);
    number += piece.count;
    left -= piece.count;
    bytes += piece.bytes.size();
  }
  REQUIRE(bytes == 300 * (2 + 4 + 100));
}

TEST_CASE("a compressed echo is verified, whoever compressed it", "[bench]") {
  for (const std::size_t size : {2'000u, 65'536u, 65'537u, 1'000'000u}) {
    CAPTURE(size);
    message_set messages(size, true);
    message_codec codec;
    const auto right = codec.compress(numbered_text(1, size, true));
    const auto wrong = codec.compress(numbered_text(2, size, true));
    for (int again = 0; again < 2; ++again) {
      messages.verify(1, {frame_type::text, right, true});
      REQUIRE_THROWS_AS(messages.verify(1, {frame_type::text, wrong, true}), protocol_failure);
    }
  }
}

TEST_CASE("a schedule tells when each is due, and shares its rate among workers", "[bench]") {
  const load_clock::time_point start{1h};
  schedule alone(1'000);
  REQUIRE(alone);
  alone.start(start);
  REQUIRE(alone.due(0) == start);
  REQUIRE(alone.due(5) == start + 5ms);
  REQUIRE(alone.due_until(start - 1ns) == 0);
  REQUIRE(alone.due_until(start) == 1);
  REQUIRE(alone.due_until(start + 4'999us) == 5);
  REQUIRE(alone.due_until(start + 5ms) == 6);
  schedule second(1'000, 1, 2);
  second.start(start);
  REQUIRE(second.due(0) == start + 1ms);
  REQUIRE(second.due(3) == start + 7ms);
  REQUIRE_FALSE(schedule(0));
}

TEST_CASE("a target is read with its port and path, and its host is looked up", "[bench]") {
  const auto plain = resolve_target("ws://127.0.0.1:8080/topic/a?b=c#d");
  REQUIRE(plain.path == "/topic/a?b=c");
  REQUIRE(plain.host == "127.0.0.1:8080");
  REQUIRE(plain.address_text() == "127.0.0.1:8080");
  REQUIRE(plain.is_loopback());
  REQUIRE(resolve_target("ws://127.9.9.9?q").path == "/?q");
  REQUIRE(resolve_target("ws://127.9.9.9").port == 80);
  const auto six = resolve_target("ws://[::1]:9/");
  REQUIRE(six.address_text() == "[::1]:9");
  REQUIRE(six.is_loopback());
  REQUIRE_FALSE(resolve_target("ws://192.0.2.1/").is_loopback());
  REQUIRE(resolve_target("ws://localhost:1/").is_loopback());
}

TEST_CASE("the process that listens on a port is found, and its time and memory", "[bench]") {
  unique_fd listener(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(bind(listener.get(), any, size) == 0);
  REQUIRE(getsockname(listener.get(), any, &size) == 0);
  const auto here = resolve_target("ws://127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
  REQUIRE(listening_processes(here).empty()); // bound, and not listening
  REQUIRE(listen(listener.get(), 1) == 0);
  REQUIRE(listening_processes(here) == std::vector<pid_t>{getpid()});
  const server_watch own({getpid()});
  const auto usage = own.usage();
  REQUIRE(usage.resident_bytes > 0);
  REQUIRE(usage.threads.contains(getpid()));
}
