// Shows that the measured connections are actors: `GET /connections` is answered by the server from
// what a plain CAF actor inside it learns, which monitors every connection actor and requests it.
#pragma once

#include "bench/support/server.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace vaquero::bench {

class actor_check {
 public:
  /// Asked before any connection opens. Where the server has no such page the check is off, except
  /// for the product, for which that throws protocol_failure.
  actor_check(running_server& server, std::string route, const deadline& limit);

  /// Throws unless exactly `count` connection actors answered, each with the route asked for.
  void opened(std::size_t count);

  /// Waits until the monitor saw as many DOWN as there were connections. Returns a line that says
  /// what was checked, or that it was not.
  std::string closed();

 private:
  struct answer {
    std::size_t count;
    std::uint64_t ended;
  };

  answer ask();

  running_server& server_;
  std::string route_;
  deadline limit_;
  std::optional<answer> before_;
  std::size_t opened_ = 0;
  std::string refusal_;
};

} // namespace vaquero::bench
