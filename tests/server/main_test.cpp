// What vaquero::main refuses before it serves; the rest is tested by peers.
#include "server/main.hpp"

#include <catch2/catch.hpp>

#include <iostream>
#include <sstream>

using namespace vaquero;

TEST_CASE("main: a program without handlers and configuration is refused") {
  std::ostringstream said;
  auto* before = std::cerr.rdbuf(said.rdbuf());
  const char* const arguments[] = {"/usr/bin/rooms", "serve"};
  const auto status = vaquero::main(2, arguments, {});
  std::cerr.rdbuf(before);
  CHECK(status == 2);
  CHECK(said.str() == "rooms: there is nothing to serve; say what with --config FILE\n");
}
