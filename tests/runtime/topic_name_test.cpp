// Names and filters: what is allowed, what is the same, and what matches, here and in the trie.
#include "runtime/topic_name.hpp"
#include "runtime/topic_trie.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;

namespace {

const topic_options bounds;

std::string refusal_of_name(std::string_view name) {
  try {
    check_topic_name(name, bounds);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "allowed";
}

std::string refusal_of_filter(std::string_view filter) {
  try {
    check_topic_filter(filter, bounds);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "allowed";
}

std::string levels(std::size_t count) {
  std::string name = "x";
  while (--count != 0)
    name += "/x";
  return name;
}

struct match_case {
  const char* filter;
  const char* name;
  bool matches;
};

// The table of MQTT 5 section 4.7, and the edges around it.
const match_case cases[] = {
    {"sport/tennis/player1/#", "sport/tennis/player1", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
    {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
    {"sport/tennis/player1/#", "sport/tennis/player2", false},
    {"sport/tennis/player1/#", "sport/tennis", false},
    {"sport/tennis/player1/#", "sport/tennis/player10", false},
    {"sport/#", "sport", true},
    {"sport/#", "sport/", true},
    {"#", "sport", true},
    {"#", "/", true},
    {"#", "a/b/c", true},
    {"#", "$SYS/load", true}, // no level is special here
    {"sport/tennis/+", "sport/tennis/player1", true},
    {"sport/tennis/+", "sport/tennis/player1/ranking", false},
    {"sport/tennis/+", "sport/tennis", false},
    {"sport/+", "sport", false},
    {"sport/+", "sport/", true},
    {"+", "finance", true},
    {"+", "/finance", false},
    {"+/+", "/finance", true},
    {"/+", "/finance", true},
    {"+", "$SYS", true},
    {"+/monitor/Clients", "$SYS/monitor/Clients", true},
    {"+/tennis/#", "sport/tennis", true},
    {"+/tennis/#", "sport/tennis/x/y", true},
    {"+/tennis/#", "tennis", false},
    {"+/+/#", "a", false},
    {"+/+/#", "a/b", true},
    {"+/#", "a", true},
    {"a/+/c", "a/b/c", true},
    {"a/+/c", "a//c", true},
    {"a/+/c", "a/b/d", false},
    {"a//c", "a//c", true},
    {"a//c", "a/c", false},
    {"a", "a", true},
    {"a", "A", false},
    {"a", "a/", false},
    {"a/", "a", false},
    {"/", "/", true},
    {"/", "//", false},
    {"//#", "/", true},
    {"room:lobby", "room/lobby", true},
    {"room:+", "room/lobby", true},
    {"room/#", "room:lobby:door", true},
    {"a:/b", "a/:b", true},
};

} // namespace

TEST_CASE("a filter matches as in MQTT's tables, and / and : are one separator", "[topics]") {
  for (const auto& [filter, name, matches] : cases) {
    CAPTURE(filter, name);
    CHECK(refusal_of_filter(filter) == "allowed");
    CHECK(topic_matches(filter, name) == matches);
    topic_trie trie;
    auto only = std::make_shared<topic>(filter, 0);
    trie.insert(only);
    std::vector<std::shared_ptr<topic>> found;
    trie.match(name, found);
    CHECK(found.size() == (matches ? 1 : 0));
    CHECK(trie.find(filter) == only);
    trie.erase(filter);
    CHECK(trie.find(filter) == nullptr);
    CHECK(trie.all().empty());
  }
}

TEST_CASE("names are the same by their levels, and have the same hash then", "[topics]") {
  const std::string long_name(200, 'x');
  CHECK(same_topic{}("a/b:c", "a:b/c"));
  CHECK(topic_hash{}("a/b:c") == topic_hash{}("a:b/c"));
  CHECK(topic_hash{}(long_name + "/a") == topic_hash{}(long_name + ":a"));
  CHECK_FALSE(same_topic{}("a/b", "a/b/"));
  CHECK_FALSE(same_topic{}("a/b", "a/c"));
  CHECK_FALSE(same_topic{}("a/b", "a-b"));
}

TEST_CASE("a published name has no wildcard anywhere, and the refusal says so", "[topics]") {
  CHECK(refusal_of_name("a/b") == "allowed");
  for (const auto* name : {"+", "#", "a/+", "a/#", "a+b", "C#"}) {
    CAPTURE(name);
    CHECK(refusal_of_name(name) == "badarg: the topic name \"" + std::string{name} +
                                       "\" holds + or #; only filters of subscriptions may");
  }
}

TEST_CASE("a wildcard of a filter is a whole level, and # the last", "[topics]") {
  for (const auto* filter : {"+", "#", "+/+", "a/+/b", "a/#", "/#", "+/#"})
    CHECK(refusal_of_filter(filter) == "allowed");
  for (const auto* filter : {"a+", "+a", "a/b+/c", "a#", "#a", "a/b#", "++", "+#"})
    CHECK(
        refusal_of_filter(filter).ends_with("holds + or # inside a level; each is a whole level"));
  for (const auto* filter : {"#/a", "a/#/b", "#/#", "#/"})
    CHECK(refusal_of_filter(filter).ends_with("has a level behind #; # is the last one"));
}

TEST_CASE("names and filters have bounds of bytes and levels", "[topics]") {
  CHECK(refusal_of_name("") == "badarg: the topic name \"\" is empty; it has at least one byte");
  CHECK(refusal_of_filter("").starts_with("badarg: the topic filter \"\" is empty"));
  CHECK(refusal_of_name(std::string(256, 'x')) == "allowed");
  CHECK(refusal_of_name(std::string(257, 'x')) == "badarg: the topic name \"" +
                                                      std::string(80, 'x') +
                                                      "...\" has 257 bytes; 256 are allowed");
  CHECK(refusal_of_filter(levels(32)) == "allowed");
  CHECK(refusal_of_filter(levels(33)).ends_with("has 33 levels; 32 are allowed"));
}
