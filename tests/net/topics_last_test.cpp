// Last values, and what is published while a connection subscribes. Which comes first does not depend on
// whose thread is faster: a site of the test's own notes the postings, and puts them before the loop.
#include "net/loop_topics.hpp"
#include "tests/support/noting_site.hpp"
#include "tests/support/topic_server.hpp"

#include <catch2/catch.hpp>

using namespace vaquero;
using namespace vaquero::testing;
using test::noting_site;

namespace {

/// What is published there, as it comes to a loop.
posting posted(topic_server& server, noting_site& site, const std::string& text) {
  publish_data(server.home(), "a/b", text);
  return *site.taken.back();
}

} // namespace

TEST_CASE("a last value comes before what is newer, though that waits already", "[topics]") {
  topic_server server;
  auto one = server.subscriber("a/#");
  noting_site site;
  server.home().topics().join(site, "a/b");
  const auto older = posted(server, site, "older");
  CHECK(one.read() == "older");
  publish_data(server.home(), "a/b", "last", {.retain = retain_policy::keep_last});
  CHECK(one.read() == "last");
  one.in([&] {
    auto& topics = connection::running().home_loop().topics();
    auto newer = std::make_shared<posting>(older);
    newer->number += 1'000; // as if it was published behind the subscription
    auto before = std::make_shared<posting>(older);
    topics.take(newer);
    topics.take(before);
    subscribe("a/b");
  });
  CHECK(one.read() == "older");
  CHECK(one.read() == "last");
  CHECK(one.read() == "older"); // the newer, by both filters once
  publish_data(server.home(), "a/b", "end");
  CHECK(one.read() == "end");
}
