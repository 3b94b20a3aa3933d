// Range headers: which bytes they ask for, at the ends of the file and of each rule.
#include "net/http/byte_ranges.hpp"

#include <catch2/catch.hpp>

#include <ostream>
#include <string>

using namespace vaquero;

namespace vaquero {

static std::ostream& operator<<(std::ostream& out, const byte_range& range) {
  return out << range.begin << "+" << range.size;
}

} // namespace vaquero

namespace {

using ranges = std::vector<byte_range>;

std::string many(std::size_t count) {
  std::string text = "bytes=0-0";
  for (std::size_t i = 1; i < count; ++i)
    text += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
  return text;
}

} // namespace

TEST_CASE("ranges: those of a list are read in its order, with spaces and empty elements") {
  for (auto [text, expected] : {std::pair{"bytes=0-1,4-5", ranges{{0, 2}, {4, 2}}},
                                {"bytes=8-9,0-0", ranges{{8, 2}, {0, 1}}},
                                {"bytes=-1,0-0", ranges{{9, 1}, {0, 1}}},
                                {"BYTES= 0-1 ,\t4- ", ranges{{0, 2}, {4, 6}}},
                                {"bytes=,0-1,,4-5,", ranges{{0, 2}, {4, 2}}}}) {
    CAPTURE(text);
    CHECK(requested_ranges(text, 10) == expected);
  }
}

TEST_CASE("ranges: those that overlap or touch are one, at the place of the first") {
  for (auto [text, expected] : {std::pair{"bytes=0-3,2-5", ranges{{0, 6}}},
                                {"bytes=0-3,4-5", ranges{{0, 6}}},
                                {"bytes=0-3,5-6", ranges{{0, 4}, {5, 2}}}, // a byte apart
                                {"bytes=4-5,0-3", ranges{{0, 6}}},
                                {"bytes=2-2,2-2,2-2", ranges{{2, 1}}},
                                {"bytes=0-0,9-9,4-4,0-5", ranges{{0, 6}, {9, 1}}},
                                {"bytes=9-9,0-0,4-4,1-3", ranges{{9, 1}, {0, 5}}},
                                {"bytes=0-0,2-2,4-4,-99", ranges{{0, 10}}}}) {
    CAPTURE(text);
    CHECK(requested_ranges(text, 10) == expected);
  }
}

TEST_CASE("ranges: what begins behind the end is dropped, and what ends there is cut") {
  for (auto [text, expected] : {std::pair{"bytes=10-,0-0", ranges{{0, 1}}},
                                {"bytes=9-10", ranges{{9, 1}}},
                                {"bytes=5-99999999999999999999", ranges{{5, 5}}},
                                {"bytes=-99999999999999999999", ranges{{0, 10}}},
                                {"bytes=-0,0-1", ranges{{0, 2}}},
                                {"bytes=99999999999999999999-", ranges{}},
                                {"bytes=10-,-0", ranges{}}}) {
    CAPTURE(text);
    CHECK(requested_ranges(text, 10) == expected);
  }
  CHECK(requested_ranges("bytes=0-,-1", 0) == ranges{});
}

TEST_CASE("ranges: a list with one element that is none counts for nothing") {
  for (const char* text : {"", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=5-3", "bytes=a-b",
                           "bytes=0-1,x", "bytes=0-1,5-3", "bytes=0-1 2-3", "bytes=0-1-2",
                           "bytes=+1-2", "bytes=1 - 2", "bytes =0-1", "lines=0-1", "bytes=0x1-2"}) {
    CAPTURE(text);
    CHECK(!requested_ranges(text, 10));
  }
}

TEST_CASE("ranges: of ranges_max each is read, and of one more none") {
  CHECK(requested_ranges(many(ranges_max), 1'000)->size() == ranges_max);
  CHECK(!requested_ranges(many(ranges_max + 1), 1'000));
  // What is dropped or coalesced counts as well: it is the list that is bounded.
  CHECK(!requested_ranges(many(ranges_max + 1), 1));
}
