#include "bench/support/child.hpp"
#include "bench/support/frame.hpp"
#include "bench/support/report.hpp"
#include "bench/support/server.hpp"
#include "bench/support/syscalls.hpp"

#include <catch2/catch.hpp>

#include <arpa/inet.h>

using namespace vaquero::bench;

TEST_CASE("client frames: the masked Hello of RFC 6455 section 5.7", "[bench]") {
  std::string out;
  // The mask of the example, 37 fa 21 3d, as the bytes of a number.
  append_masked(out, frame_type::text, "Hello", htonl(0x37fa213d));
  REQUIRE(out == "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
}

TEST_CASE("client frames: 126 bytes and 65,536 take the longer lengths", "[bench]") {
  std::string out;
  append_masked(out, frame_type::binary, std::string(126, 'x'), 0);
  REQUIRE(out.substr(0, 4) == std::string("\x82\xFE\x00\x7E", 4));
  REQUIRE(out.size() == 2 + 2 + 4 + 126);
  out.clear();
  append_masked(out, frame_type::binary, std::string(65'535, 'x'), 0);
  REQUIRE(out.substr(0, 4) == "\x82\xFE\xFF\xFF");
  out.clear();
  append_masked(out, frame_type::binary, std::string(65'536, 'x'), 0);
  REQUIRE(out.substr(0, 10) == std::string("\x82\xFF\0\0\0\0\0\x01\0\0", 10));
  REQUIRE(out.size() == 2 + 8 + 4 + 65'536);
}

TEST_CASE("client frames: 1,000,000 bytes are taken, and one more is refused", "[bench]") {
  std::string out;
  REQUIRE_NOTHROW(append_masked(out, frame_type::binary, std::string(1'000'000, 'x'), 0));
  REQUIRE_THROWS_AS(append_masked(out, frame_type::binary, std::string(1'000'001, 'x'), 0),
                    std::length_error);
}

TEST_CASE("server frames: incomplete until the last byte", "[bench]") {
  for (std::size_t size : {0u, 5u, 125u, 126u, 65'535u, 65'536u, 1'000'000u}) {
    std::string bytes = "\x81";
    if (size < 126)
      bytes += static_cast<char>(size);
    else if (size < 65'536)
      bytes += {'\x7E', static_cast<char>(size >> 8), static_cast<char>(size & 0xFF)};
    else
      bytes += {'\x7F', 0, 0, 0, 0, 0, static_cast<char>(size >> 16),
                static_cast<char>(size >> 8 & 0xFF), static_cast<char>(size & 0xFF)};
    bytes += std::string(size, 'v');
    CAPTURE(size);
    REQUIRE_FALSE(parse_frame(std::string_view(bytes).substr(0, bytes.size() - 1)));
    auto frame = parse_frame(bytes + "next");
    REQUIRE(frame);
    REQUIRE(frame->type == frame_type::text);
    REQUIRE(frame->payload.size() == size);
    REQUIRE(frame->size == bytes.size());
  }
}

TEST_CASE("server frames: masked, fragmented and reserved ones are refused", "[bench]") {
  for (const char* bytes : {"\x81\x85\x37\xfa", "\x01\x05", "\xC1\x05", "\x83\x05"}) {
    CAPTURE(static_cast<int>(static_cast<unsigned char>(bytes[0])));
    REQUIRE_THROWS_AS(parse_frame(bytes), protocol_failure);
  }
}

TEST_CASE("server frames: one of more than 1,000,000 bytes is refused by its head", "[bench]") {
  const std::string head{"\x81\x7F\0\0\0\0\0\x0F\x42", 9};
  REQUIRE_FALSE(parse_frame(head + '\x40'));
  REQUIRE_THROWS_AS(parse_frame(head + '\x41'), protocol_failure);
}

TEST_CASE("the listening line: 127.0.0.0/8 and a port, nothing else", "[bench]") {
  auto address = parse_listening_line("listening on http://127.0.0.1:4321");
  REQUIRE(ntohs(address.sin_port) == 4321);
  REQUIRE_NOTHROW(parse_listening_line("listening on http://127.255.0.9:1"));
  for (const char* line :
       {"listening on http://128.0.0.1:80", "listening on http://0.0.0.0:80",
        "listening on http://localhost:80", "listening on http://127.0.0.1:0",
        "listening on http://127.0.0.1:65536", "listening on http://127.0.0.1", "hello"}) {
    CAPTURE(line);
    REQUIRE_THROWS_AS(parse_listening_line(line), std::runtime_error);
  }
}

TEST_CASE("a command line splits at blanks and keeps what is quoted", "[bench]") {
  REQUIRE(split_command("  run 'a b'  \"c d\"e ''") == command_line{"run", "a b", "c de", ""});
  REQUIRE_THROWS_AS(split_command("run 'a"), std::invalid_argument);
  REQUIRE_THROWS_AS(split_command("  "), std::invalid_argument);
}

TEST_CASE("a child process reports what it wrote, and its failure to start", "[bench]") {
  deadline limit(std::chrono::seconds(10));
  REQUIRE(run_command({"echo", "ready"}, limit) == "ready\n");
  REQUIRE_THROWS_AS(run_command({"false"}, limit), std::runtime_error);
  REQUIRE_THROWS_WITH(child_process({"/no/such/program"}),
                      Catch::Contains("/no/such/program") && Catch::Contains("No such file"));
}

TEST_CASE("the summary of strace: calls with and without errors", "[bench]") {
  auto counts =
      parse_strace_summary("strace: Process 7 attached with 2 threads\nstrace: Process 7 detached\n"
                           "% time     seconds  usecs/call     calls    errors syscall\n"
                           "------ ----------- ----------- --------- --------- ----------------\n"
                           " 60.00    0.120000           1     10000      3885 recvmsg\n"
                           " 40.00    0.080000           1      9000           sendmsg\n"
                           "------ ----------- ----------- --------- --------- ----------------\n"
                           "100.00    0.200000           1     19000      3885 total\n");
  REQUIRE(counts == syscall_counts{{"recvmsg", 10'000}, {"sendmsg", 9'000}});
  REQUIRE(receive_calls(counts) == 10'000);
  REQUIRE(send_calls(counts) == 9'000);
  REQUIRE(all_calls(counts) == 19'000);
}

TEST_CASE("a goal is met at its limit and missed one past it", "[bench]") {
  REQUIRE(goal{"instructions", 700, 700.4}.met());
  REQUIRE_FALSE(goal{"instructions", 700, 701}.met());
  REQUIRE(goal{"calls", 1, 1.004, 2}.met());
  REQUIRE_FALSE(goal{"calls", 1, 1.01, 2}.met());
}

TEST_CASE("numbers have their thousands separated", "[bench]") {
  REQUIRE(format_number(999.6, 0) == "1,000");
  REQUIRE(format_number(1234567.25, 2) == "1,234,567.25");
  REQUIRE(format_number(-123, 0) == "-123");
  REQUIRE(format_number(0.5, 2) == "0.50");
}
