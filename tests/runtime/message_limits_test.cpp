#include "runtime/message_traits.hpp"

#include <caf/deep_to_string.hpp>
#include <catch2/catch.hpp>

#include <array>

namespace {

struct ten {
  int a, b, c, d, e, f, g, h, i, j;
};

struct hundred {
  int a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9;
  int c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9;
  int e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9;
  int g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, h0, h1, h2, h3, h4, h5, h6, h7, h8, h9;
  ten i0, i1, i2, i3, i4, i5, i6, i7, i8, i9;
  std::array<ten, 50> j0, j1, j2, j3, j4, j5, j6, j7, j8, j9;
};

} // namespace

// One member more is refused: refused/too_many_fields.cpp.
TEST_CASE("a struct of 100 members is a message", "[message_traits]") {
  STATIC_REQUIRE(vaquero::message<hundred>);
  hundred value{};
  value.j9.back().j = 123456;
  CHECK(caf::deep_to_string(caf::make_message(value).get_as<hundred>(0)).find("123456") !=
        std::string::npos);
}
