#include "runtime/exit_reason.hpp"
#include "runtime/message_traits.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/sec.hpp>
#include <catch2/catch.hpp>

using namespace vaquero;
using kind = exit_reason::kind;

TEST_CASE("each reason has its kind and its words", "[exit_reason]") {
  struct {
    exit_reason reason;
    kind what;
    std::string words;
  } const all[] = {
      {exit_reason{}, kind::normal, "normal"},
      {exit_reason::normal(), kind::normal, "normal"},
      {exit_reason::shutdown(), kind::shutdown, "shutdown"},
      {exit_reason::shutdown(caf::make_message("late")), kind::shutdown, "{shutdown, (\"late\")}"},
      {exit_reason::kill(), kind::kill, "kill"},
      {exit_reason::killed(), kind::killed, "killed"},
      {exit_reason::mailbox_full(), kind::mailbox_full, "mailbox_full"},
      {exit_reason::noproc(), kind::noproc, "noproc"},
      {exit_reason::noconnection(), kind::noconnection, "noconnection"},
      {exit_reason::crash({"type", "text", "stack"}), kind::crash, "crash: type: text"},
      {exit_reason::of(7), kind::other, "(7)"},
      {exit_reason{caf::exit_reason::user_shutdown}, kind::shutdown, "shutdown"},
      {exit_reason{caf::exit_reason::unhandled_exception}, kind::crash, "crash: unknown: "},
      {exit_reason{caf::exit_reason::unknown}, kind::noproc, "noproc"},
  };
  for (const auto& each : all) {
    CAPTURE(each.words);
    CHECK(each.reason.what() == each.what);
    CHECK(to_string(each.reason) == each.words);
  }
  CHECK(exit_reason{caf::make_error(caf::sec::bad_function_call)}.what() == kind::other);
}

TEST_CASE("a reason keeps what it carries", "[exit_reason]") {
  CHECK(exit_reason::of(7).term().get_as<int>(0) == 7);
  CHECK(exit_reason::shutdown(caf::make_message(7)).term().get_as<int>(0) == 7);
  CHECK(exit_reason::kill().term().empty());
  const crash_info crash{"type", "text", "stack"};
  CHECK(exit_reason::crash(crash).crash() == crash);
  CHECK(exit_reason::crash(crash).term().empty());
  CHECK(exit_reason::of(7).crash() == crash_info{});
}

TEST_CASE("reasons are equal if their kinds and terms are", "[exit_reason]") {
  CHECK(exit_reason::of(7) == exit_reason::of(7));
  CHECK_FALSE(exit_reason::of(7) == exit_reason::of(8));
  CHECK_FALSE(exit_reason::shutdown() == exit_reason::shutdown(caf::make_message(1)));
  CHECK_FALSE(exit_reason::kill() == exit_reason::killed());
  CHECK(exit_reason{} == exit_reason::normal());
}

TEST_CASE("a reason arrives on another node as it was", "[exit_reason]") {
  caf::actor_system_config config;
  caf::actor_system system{config};
  for (auto sent : {exit_reason::normal(), exit_reason::killed(), exit_reason::of(7),
                    exit_reason::crash({"type", "text", "stack"})}) {
    std::vector<char> bytes;
    caf::binary_serializer sink{system, bytes};
    REQUIRE_FALSE(sink(sent));
    exit_reason arrived;
    caf::binary_deserializer source{system, bytes};
    REQUIRE_FALSE(source(arrived));
    CHECK(arrived == sent);
    CHECK(arrived.crash() == sent.crash());
  }
}
