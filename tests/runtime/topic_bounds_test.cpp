// What publications weigh, and that many publishers are in nobody's way.
#include "runtime/topics.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <stop_token>
#include <thread>

using namespace vaquero;
using namespace vaquero::test;

namespace {

struct article {
  std::string title;
  std::vector<std::string> lines;
  std::optional<std::string> note;
  int number;
};

std::uint64_t held_after(world& w, const std::string& topic, const auto& message) {
  publish(w.home, topic, message, {.retain = retain_policy::keep_last});
  return info_of_topic(w.home, topic)->retained_bytes;
}

} // namespace

TEST_CASE("what a publication holds counts whole, wherever it lies", "[topics]") {
  world w;
  const auto least = held_after(w, "a", 1);
  CHECK(least >= sizeof(message_publication) + sizeof(posting));
  CHECK(held_after(w, "a", std::string(10'000, 'x')) >= least + 10'000);
  const auto lines = held_after(w, "a", article{"", {std::string(3'000, 'x'), "y"}, {}, 1});
  CHECK(lines >= least + 3'000 + 2 * sizeof(std::string));
  const auto note =
      held_after(w, "a", article{std::string(1'000, 'x'), {}, std::string(500, 'y'), 1});
  CHECK(note >= least + 1'500);
  CHECK(note < lines);
  CHECK(held_after(w, std::string(200, 'a'), 1) >= least + 200);
  const std::string key(200, 'k');
  publish(w.home, "b", 1, {.retain = retain_policy::keep_last_of_key, .key = key});
  CHECK(info_of_topic(w.home, "b")->retained_bytes >= least + 200);
}

TEST_CASE("the heap of a map's nodes counts", "[topics]") {
  const std::map<int, std::string> two{{1, "x"}, {2, std::string(100, 'x')}};
  CHECK(detail::heap_bytes(two) >= 2 * sizeof(*two.begin()) + 100);
  CHECK(detail::heap_bytes(std::map<int, int>{}) == 0);
}

TEST_CASE("publishers without a pause do not keep others from filters with wildcards", "[topics]") {
  world w;
  const auto watcher = w.spawn("stays", [](caf::mailbox_element&) {});
  w.in(watcher, [] { subscribe("nothing/#"); }); // so that each publisher looks at the filters
  const auto comes_and_goes = w.spawn("comes and goes", [](caf::mailbox_element&) {});
  std::vector<std::jthread> publishers; // stopped where a check throws as well
  for (int i = 0; i < 4; ++i)
    publishers.emplace_back([&w, name = "a/" + std::to_string(i)](const std::stop_token& end) {
      while (!end.stop_requested())
        publish(w.home, name, 1);
    });
  for (int i = 0; i < 100; ++i) {
    CHECK(w.in(comes_and_goes, [] { return subscribe("+/x"); }));
    CHECK(w.in(comes_and_goes, [] { return unsubscribe("+/x"); }));
  }
}
