// The table of one site against a list of subscriptions that is searched in the plainest way.
#include "runtime/topic_table.hpp"
#include "tests/support/noting_site.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <set>
#include <sstream>

using namespace vaquero;
using namespace vaquero::test;

namespace {

using level_list = std::vector<std::string>;

level_list split(std::string text) {
  std::ranges::replace(text, ':', '/');
  level_list levels;
  std::istringstream stream{text + '/'};
  for (std::string level; std::getline(stream, level, '/');)
    levels.push_back(level);
  return levels;
}

bool matches(const level_list& filter, const level_list& name, std::size_t at = 0) {
  if (at == filter.size()) return at == name.size();
  if (filter[at] == "#") return true;
  if (at == name.size()) return false;
  return (filter[at] == "+" || filter[at] == name[at]) && matches(filter, name, at + 1);
}

/// Whom a posting reaches, and how.
using reached = std::map<process*, delivery>;

struct model {
  std::map<std::pair<process*, level_list>, delivery> subscriptions;

  reached publish(const std::string& name, process* excepted) const {
    reached result;
    for (const auto& [subscription, how] : subscriptions) {
      const auto& [who, filter] = subscription;
      if (who == excepted || !matches(filter, split(name))) continue;
      auto& found = result.emplace(who, how).first->second;
      if (how == delivery::as_message) found = how;
    }
    return result;
  }
  std::size_t count(const std::string& filter) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        subscriptions, [&](const auto& x) { return x.first.second == split(filter); }));
  }
};

/// A table, its model, and names that meet often.
class table_and_model {
 public:
  table_and_model() {
    for (int i = 0; i < 8; ++i)
      processes_.push_back(process::from(world_.spawn("p")));
  }

  void subscribe() {
    auto* who = any_process();
    const auto filter = any_filter();
    const auto how = pick(2) == 0 ? delivery::straight : delivery::as_message;
    const auto made = table_.subscribe(*who, filter, how);
    const auto [at, is_new] = model_.subscriptions.insert_or_assign({who, split(filter)}, how);
    CHECK(made.is_new == is_new);
  }
  void unsubscribe() {
    auto* who = any_process();
    const auto filter = any_filter();
    CHECK(table_.unsubscribe(*who, filter) ==
          (model_.subscriptions.erase({who, split(filter)}) != 0));
  }
  void forget() {
    auto* who = any_process();
    table_.forget(*who);
    std::erase_if(model_.subscriptions, [&](const auto& x) { return x.first.first == who; });
  }
  void publish() {
    const auto name = any_name();
    auto what = std::make_shared<posting>();
    what->what = std::make_shared<message_publication>(name, "", caf::make_message(1), sizeof(int));
    what->excepted = pick(3) == 0 ? any_process() : nullptr;
    directory_.publish(what, retain_policy::none);
    reached got;
    for (const auto& each : site_.taken)
      table_.for_each(*each, [&](const auto& entry, auto&) {
        CHECK(got.emplace(entry.who, entry.receive).second); // once
      });
    site_.taken.clear();
    CHECK(got == model_.publish(name, const_cast<process*>(what->excepted)));
  }
  void compare_counts() {
    const auto filter = any_filter();
    CHECK(subscriber_count(world_.home, filter) == model_.count(filter));
    std::set<process*> subscribers;
    std::set<level_list> filters;
    for (const auto& [subscription, how] : model_.subscriptions) {
      subscribers.insert(subscription.first);
      filters.insert(subscription.second);
    }
    CHECK(table_.subscriber_count() == subscribers.size());
    CHECK(topics(world_.home).size() == filters.size());
  }
  void end_all() {
    for (auto* each : processes_)
      table_.forget(*each);
    CHECK(topics(world_.home).empty());
  }

  std::size_t pick(std::size_t below) { return random_() % below; }

 private:
  process* any_process() { return processes_[pick(processes_.size())]; }
  std::string any_text(std::vector<std::string> levels) {
    std::string text = levels[pick(levels.size())];
    for (auto more = pick(3); more != 0; --more)
      text += (pick(2) == 0 ? "/" : ":") + levels[pick(levels.size())];
    return text.empty() ? "/" : text;
  }
  std::string any_name() { return any_text({"a", "b", ""}); }
  std::string any_filter() {
    if (pick(3) != 0) return any_name();
    auto text = any_text({"a", "b", "", "+"});
    return pick(3) == 0 ? text + "/#" : text;
  }

  std::mt19937 random_{42};
  world world_;
  std::vector<process*> processes_;
  topic_directory& directory_ = world_.home.topics();
  noting_site site_;
  topic_table table_{directory_, site_};
  model model_;
};

} // namespace

TEST_CASE("a table of subscriptions does what a searched list does", "[topics]") {
  table_and_model both;
  for (int step = 0; step < 20'000; ++step) {
    const auto what = both.pick(100);
    if (what < 35)
      both.subscribe();
    else if (what < 60)
      both.unsubscribe();
    else if (what < 62)
      both.forget();
    else if (what < 95)
      both.publish();
    else
      both.compare_counts();
  }
  both.end_all();
}

TEST_CASE("what was published before a subscription is not for it", "[topics]") {
  world home;
  noting_site site;
  topic_table table{home.home.topics(), site};
  auto* old = process::from(home.spawn("old"));
  auto* young = process::from(home.spawn("young"));
  table.subscribe(*old, "a", delivery::straight);
  publish(home.home, "a", 1);
  table.subscribe(*young, "a", delivery::straight); // before the site takes the posting
  REQUIRE(site.taken.size() == 1);
  std::vector<process*> got;
  table.for_each(*site.taken.front(), [&](const auto& entry, auto&) { got.push_back(entry.who); });
  CHECK(got == std::vector<process*>{old});
  table.forget(*old);
  table.forget(*young);
}
