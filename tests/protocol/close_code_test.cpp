#include "net/websocket/close_code.hpp"

#include <catch2/catch.hpp>

using vaquero::is_valid_close_code;

TEST_CASE("close codes: the ranges of RFC 6455 and nothing beside them", "[close_code]") {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    bool expected = (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
                    (code >= 3000 && code <= 4999);
    CAPTURE(code);
    REQUIRE(is_valid_close_code(static_cast<std::uint16_t>(code)) == expected);
  }
}
