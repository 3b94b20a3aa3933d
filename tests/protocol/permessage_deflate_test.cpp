#include "net/websocket/permessage_deflate.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace vaquero;

namespace {

const deflate_options shared;
const deflate_options own{.server_context_takeover = true, .client_context_takeover = true};

std::string answer(std::string_view offers, const deflate_options& options = own) {
  const auto agreed = negotiate_deflate(offers, options);
  return agreed ? agreed->answer : "declined";
}

} // namespace

TEST_CASE("deflate negotiation: what is shared by a loop takes over no context", "[deflate]") {
  const std::string both = "permessage-deflate; server_no_context_takeover; "
                           "client_no_context_takeover";
  for (auto offer : {"permessage-deflate", "permessage-deflate; client_max_window_bits",
                     "permessage-deflate; client_no_context_takeover",
                     "permessage-deflate; server_no_context_takeover"}) {
    const auto agreed = negotiate_deflate(offer, shared);
    REQUIRE(agreed);
    CHECK(agreed->answer == both);
    CHECK_FALSE(agreed->server_context_takeover);
    CHECK_FALSE(agreed->client_context_takeover);
    CHECK(agreed->server_window_bits == 15);
    CHECK(agreed->client_window_bits == 15);
  }
}

TEST_CASE("deflate negotiation: a client may forbid us to take context over", "[deflate]") {
  auto agreed = negotiate_deflate("permessage-deflate; server_no_context_takeover", own);
  REQUIRE(agreed);
  CHECK(agreed->answer == "permessage-deflate; server_no_context_takeover");
  CHECK_FALSE(agreed->server_context_takeover);
  CHECK(agreed->client_context_takeover);
}

TEST_CASE("deflate negotiation: that a client would take over nothing may be declined",
          "[deflate]") {
  auto agreed = negotiate_deflate("permessage-deflate; client_no_context_takeover", own);
  REQUIRE(agreed);
  CHECK(agreed->answer == "permessage-deflate");
  CHECK(agreed->server_context_takeover);
  CHECK(agreed->client_context_takeover); // it may do either, so we keep the context
}

TEST_CASE("deflate negotiation: each side's takeover is an option of its own", "[deflate]") {
  CHECK(answer("permessage-deflate", {.server_context_takeover = true}) ==
        "permessage-deflate; client_no_context_takeover");
  CHECK(answer("permessage-deflate", {.client_context_takeover = true}) ==
        "permessage-deflate; server_no_context_takeover");
}

TEST_CASE("deflate negotiation: our window is the smaller of the option and the offer",
          "[deflate]") {
  auto narrow = own;
  narrow.server_max_window_bits = 12;
  for (int bits = 8; bits <= 15; ++bits) {
    const auto number = std::to_string(bits);
    const auto offer = "permessage-deflate; server_max_window_bits=" + number;
    CAPTURE(bits);
    CHECK(answer(offer) == offer);
    CHECK(negotiate_deflate(offer, own)->server_window_bits == bits);
    CHECK(negotiate_deflate(offer, own)->client_window_bits == 15);
    CHECK(negotiate_deflate(offer, narrow)->server_window_bits == std::min(bits, 12));
  }
  CHECK(answer("permessage-deflate; server_max_window_bits=14", narrow) ==
        "permessage-deflate; server_max_window_bits=12");
  CHECK(answer("permessage-deflate", narrow) == "permessage-deflate; server_max_window_bits=12");
}

TEST_CASE("deflate negotiation: the client's window is limited only if it knows how", "[deflate]") {
  auto narrow = own;
  narrow.client_max_window_bits = 10;
  CHECK(answer("permessage-deflate", narrow) == "permessage-deflate");
  CHECK(negotiate_deflate("permessage-deflate", narrow)->client_window_bits == 15);
  CHECK(answer("permessage-deflate; client_max_window_bits", narrow) ==
        "permessage-deflate; client_max_window_bits=10");
  CHECK(answer("permessage-deflate; client_max_window_bits=9", narrow) ==
        "permessage-deflate; client_max_window_bits=9");
  CHECK(answer("permessage-deflate; client_max_window_bits=11", narrow) ==
        "permessage-deflate; client_max_window_bits=10");
  CHECK(answer("permessage-deflate; client_max_window_bits") == "permessage-deflate");
  for (int bits = 8; bits <= 15; ++bits) {
    const auto offer = "permessage-deflate; client_max_window_bits=" + std::to_string(bits);
    CHECK(negotiate_deflate(offer, own)->client_window_bits == bits);
    CHECK(answer(offer) == (bits < 15 ? offer : "permessage-deflate"));
  }
}

TEST_CASE("deflate negotiation: all four parameters at once", "[deflate]") {
  CHECK(answer("permessage-deflate; client_max_window_bits=9; server_max_window_bits=\"10\"; "
               "client_no_context_takeover; server_no_context_takeover",
               shared) ==
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
        "server_max_window_bits=10; client_max_window_bits=9");
}

TEST_CASE("deflate negotiation: an offer with a wrong parameter is declined", "[deflate]") {
  for (auto parameters : {"server_max_window_bits",
                          "server_max_window_bits=7",
                          "server_max_window_bits=16",
                          "server_max_window_bits=08",
                          "server_max_window_bits=+9",
                          "server_max_window_bits=9.0",
                          "server_max_window_bits=1000000000000",
                          "client_max_window_bits=7",
                          "client_max_window_bits=16",
                          "client_max_window_bits=x",
                          "client_max_window_bits=010",
                          "server_no_context_takeover=1",
                          "client_no_context_takeover=true",
                          "unknown",
                          "server_max_window_bits=9; server_max_window_bits=9",
                          "client_max_window_bits; client_max_window_bits=9",
                          "client_max_window_bits=9; client_max_window_bits",
                          "client_no_context_takeover; client_no_context_takeover",
                          "server_no_context_takeover; server_no_context_takeover",
                          "Server_no_context_takeover",
                          "no_context_takeover",
                          "max_window_bits=9"}) {
    CAPTURE(parameters);
    CHECK(answer(std::string("permessage-deflate; ") + parameters) == "declined");
  }
}

TEST_CASE("deflate negotiation: the first offer that can be accepted is", "[deflate]") {
  CHECK(answer("") == "declined");
  CHECK(answer("permessage-bzip2") == "declined");
  CHECK(answer("permessage-bzip2, permessage-deflate") == "permessage-deflate");
  CHECK(answer("permessage-deflate; server_max_window_bits=20, "
               "permessage-deflate; server_max_window_bits=11, permessage-deflate") ==
        "permessage-deflate; server_max_window_bits=11");
  CHECK(answer("x-webkit-deflate-frame, permessage-deflate") == "x-webkit-deflate-frame");
  CHECK(answer("permessage-deflate, x-webkit-deflate-frame") == "permessage-deflate");
  CHECK(answer("permessage-deflate; ;") == "declined"); // breaks the grammar
}

TEST_CASE("deflate negotiation: x-webkit-deflate-frame", "[deflate]") {
  const auto agreed = negotiate_deflate("x-webkit-deflate-frame", own);
  REQUIRE(agreed);
  CHECK(agreed->answer == "x-webkit-deflate-frame");
  CHECK(agreed->server_context_takeover);
  CHECK(agreed->client_context_takeover);
  CHECK(agreed->server_window_bits == 15);
  CHECK(agreed->client_window_bits == 15);
  CHECK(answer("x-webkit-deflate-frame", shared) == "x-webkit-deflate-frame; no_context_takeover");

  // What the client says binds us, and what we answer binds it.
  const auto bound =
      negotiate_deflate("x-webkit-deflate-frame; no_context_takeover; max_window_bits=9", own);
  REQUIRE(bound);
  CHECK(bound->answer == "x-webkit-deflate-frame");
  CHECK_FALSE(bound->server_context_takeover);
  CHECK(bound->server_window_bits == 9);
  CHECK(answer("x-webkit-deflate-frame",
               {.client_context_takeover = true, .client_max_window_bits = 10}) ==
        "x-webkit-deflate-frame; max_window_bits=10");
  for (auto bad : {"max_window_bits", "max_window_bits=7", "no_context_takeover=1", "unknown"})
    CHECK(answer(std::string("x-webkit-deflate-frame; ") + bad) == "declined");
}

TEST_CASE("deflate options: their ranges are checked at their ends", "[deflate]") {
  auto is_refused = [](const deflate_options& options) {
    try {
      check_deflate_options(options);
      return false;
    } catch (const std::invalid_argument&) {
      return true;
    }
  };
  CHECK_FALSE(is_refused({}));
  CHECK_FALSE(is_refused(
      {.level = 0, .mem_level = 1, .server_max_window_bits = 8, .client_max_window_bits = 8}));
  CHECK_FALSE(is_refused(
      {.level = 9, .mem_level = 9, .server_max_window_bits = 15, .client_max_window_bits = 15}));
  CHECK(is_refused({.level = -1}));
  CHECK(is_refused({.level = 10}));
  CHECK(is_refused({.mem_level = 0}));
  CHECK(is_refused({.mem_level = 10}));
  CHECK(is_refused({.server_max_window_bits = 7}));
  CHECK(is_refused({.server_max_window_bits = 16}));
  CHECK(is_refused({.client_max_window_bits = 7}));
  CHECK(is_refused({.client_max_window_bits = 16}));
  CHECK_THROWS_WITH(check_deflate_options({.level = 12}),
                    "deflate.level is a number from 0 to 9, and not 12");
}
