// What vaquero::main refuses before it serves; the rest is tested by peers.
#include "handlers/echo.hpp"
#include "server/main.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <initializer_list>
#include <iostream>
#include <sstream>

using namespace vaquero;

namespace {

struct outcome {
  int status;
  std::string errors;
};

outcome serve(handler_registry handlers, std::initializer_list<const char*> more = {}) {
  std::ostringstream said;
  auto* before = std::cerr.rdbuf(said.rdbuf());
  std::vector<const char*> arguments{"/usr/bin/rooms", "serve"};
  arguments.insert(arguments.end(), more);
  const auto status =
      vaquero::main(static_cast<int>(arguments.size()), arguments.data(), std::move(handlers));
  std::cerr.rdbuf(before);
  return {status, said.str()};
}

} // namespace

TEST_CASE("main: a program without handlers and configuration is refused") {
  const auto got = serve({});
  CHECK(got.status == 2);
  CHECK(got.errors == "rooms: there is nothing to serve; say what with --config FILE\n");
}

TEST_CASE("main: a handler whose name is no path is refused, with what is wrong") {
  const auto got = serve({handler<echo>("ok"), handler<echo>("a[b")});
  CHECK(got.status == 2);
  CHECK_THAT(got.errors, Catch::StartsWith("rooms: a handler's name is no path") &&
                             Catch::Contains("\"/a[b\""));
}

TEST_CASE("main: what cannot be had is said under the program's name") {
  const auto got = serve({handler<echo>("ok")}, {"--listen", "192.0.2.1:1"});
  CHECK(got.status == 1);
  CHECK_THAT(got.errors,
             Catch::StartsWith(std::string{program_invocation_short_name} + ": cannot") &&
                 Catch::Contains("192.0.2.1:1"));
}
