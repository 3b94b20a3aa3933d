// What do topics cost that nobody sends through a socket: a publication that nobody wants, or one among
// 100,000 topics with wildcards, the memory of a million subscriptions, and the end of all of them.
#include "bench/support/process_stats.hpp"
#include "bench/support/report.hpp"
#include "runtime/scheduled_process.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/topic_site.hpp"
#include "runtime/topic_table.hpp"

#include <CLI/CLI.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <chrono>
#include <iostream>
#include <unistd.h>

using namespace vaquero;
using vaquero::bench::format_number;

namespace {

struct settings {
  std::size_t processes = 1'000;
  std::size_t topics_each = 1'000;
  std::size_t topics = 100'000;
  std::size_t publications = 200'000;
  std::string json;
};

/// Has no socket: what it takes lies there until it is looked at.
class silent_site final : public topic_site {
 public:
  bool subscribe(process&, std::string_view, const subscription_options&) override { return false; }
  bool unsubscribe(process&, std::string_view) override { return false; }
  void forget(process&) override {}
  void has_published(process&) override {}
  bool puts_off(process&, const std::function<void()>&) override { return false; }
  bool has_room(std::size_t) const noexcept override { return true; }
  void take(std::shared_ptr<const posting>) override { ++taken; }

  std::size_t taken = 0;
};

class subscriber final : public scheduled_process {
 public:
  using scheduled_process::scheduled_process;

 protected:
  void handle_message(caf::mailbox_element&) override {}
};

double since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A node, a site on it, and the processes that subscribe there.
class world {
 public:
  explicit world(std::size_t processes) {
    for (std::size_t i = 0; i < processes; ++i)
      subscribers_.push_back(spawn_process<subscriber>(home_));
  }
  ~world() {
    for (const auto& each : subscribers_)
      exit(each, exit_reason::kill());
  }

  void subscribe(std::size_t who, const std::string& filter) {
    table_.subscribe(*process::from(subscribers_[who]), filter, delivery::straight);
  }
  /// Seconds.
  double forget_all() {
    const auto start = std::chrono::steady_clock::now();
    for (const auto& each : subscribers_)
      table_.forget(*process::from(each));
    return since(start);
  }
  /// Nanoseconds of one.
  double publish(const std::string& prefix, std::size_t names, std::size_t count) {
    std::vector<std::string> spelt;
    for (std::size_t i = 0; i < 1024; ++i)
      spelt.push_back(prefix + std::to_string(i * 7919 % names));
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < count; ++i)
      vaquero::publish(home_, spelt[i % spelt.size()], 1);
    return since(start) / static_cast<double>(count) * 1e9;
  }
  std::size_t subscribers() const { return subscribers_.size(); }

 private:
  caf::actor_system_config config_;
  caf::actor_system system_{[this]() -> caf::actor_system_config& {
    use_vaquero_scheduler(config_, {});
    return config_;
  }()};
  node home_{system_};
  silent_site site_;
  topic_table table_{home_.topics(), site_};
  std::vector<pid> subscribers_;
};

settings parse(int argc, char** argv) {
  settings into;
  CLI::App app{"What topics cost, without sockets"};
  app.add_option("--processes", into.processes, "that subscribe")->check(CLI::Range(1, 100'000));
  app.add_option("--topics-each", into.topics_each, "that each of them subscribes to")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--topics", into.topics, "among which is published")
      ->check(CLI::Range(1'000, 10'000'000));
  app.add_option("--publications", into.publications, "to be timed")
      ->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--json", into.json, "a file for the results");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return into;
}

void measure_publishing(const settings& wanted, bench::report& out) {
  bench::progress("topics: publishing");
  world many{wanted.topics / 5'000 + 1}; // of which each may have so many
  for (std::size_t i = 0; i < wanted.topics; ++i)
    many.subscribe(i / 5'000, "feed/" + std::to_string(i));
  for (const auto* filter : {"feed/+/x", "+/none", "alerts/#", "+/+/deep/#"})
    many.subscribe(many.subscribers() - 1, filter);
  const auto unwanted = many.publish("nobody/", wanted.topics, wanted.publications);
  const auto one_of_many = many.publish("feed/", wanted.topics, wanted.publications);
  out.table.push_back({"publish, no subscriber", format_number(unwanted, 0), "ns"});
  out.table.push_back({"publish, one of many topics", format_number(one_of_many, 0), "ns"});
  out.goals.push_back({"ns of a publication without subscriber", 1'000, unwanted});
  out.goals.push_back({"ns of one to one of many topics", 1'000, one_of_many});
}

void measure_subscriptions(const settings& wanted, bench::report& out) {
  bench::progress("topics: subscriptions");
  world all{wanted.processes};
  const auto before = bench::resident_bytes(getpid());
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t topic = 0; topic < wanted.topics_each; ++topic)
    for (std::size_t who = 0; who < wanted.processes; ++who)
      all.subscribe(who, "room:" + std::to_string(topic));
  const auto seconds = since(start);
  const auto bytes = static_cast<double>(bench::resident_bytes(getpid()) - before);
  const auto count = static_cast<double>(wanted.processes * wanted.topics_each);
  const auto closing = all.forget_all();
  out.table.push_back({"subscribe", format_number(seconds / count * 1e9, 0), "ns"});
  out.table.push_back({"a subscription", format_number(bytes / count, 1), "bytes"});
  out.table.push_back({"end of all", format_number(closing, 3), "s"});
  out.goals.push_back({"MB of all subscriptions", 200, bytes / 1e6, 1});
  out.goals.push_back({"s until all are forgotten", 1, closing, 3});
}

} // namespace

int main(int argc, char** argv) {
  const auto wanted = parse(argc, argv);
  bench::report out{"topics", argc, argv};
  out.table.push_back({"what", "measured", ""});
  measure_subscriptions(wanted, out);
  measure_publishing(wanted, out);
  out.print(std::cout);
  out.write_json(wanted.json);
}
