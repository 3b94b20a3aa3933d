// What do topics cost whoever publishes: a publication that nobody wants, one among 100,000 topics with
// wildcards, what each loop takes of one from outside; and the memory and the end of a million subscriptions.
#include "bench/support/connection.hpp"
#include "bench/support/process_stats.hpp"
#include "bench/support/report.hpp"
#include "bench/support/run_program.hpp"
#include "bench/support/server.hpp"
#include "handlers/topic_handler.hpp"
#include "net/publish_data.hpp"
#include "runtime/scheduled_process.hpp"
#include "runtime/scheduler.hpp"
#include "runtime/topic_site.hpp"
#include "runtime/topic_table.hpp"
#include "server/server.hpp"

#include <boost/json.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <chrono>
#include <deque>
#include <fstream>
#include <iostream>
#include <optional>
#include <unistd.h>

using namespace vaquero;
using vaquero::bench::format_number;

namespace {

/// What is published from outside the loops, each after the last one was received everywhere.
constexpr std::size_t publications_from_outside = 500;
constexpr std::size_t subscribers_of_a_loop = 20;

struct settings {
  std::size_t processes = 1'000;
  std::size_t topics_each = 1'000;
  std::size_t topics = 100'000;
  std::size_t publications = 200'000;
  unsigned timeout_s = 600;
  std::string json;
};

/// Has no socket, and counts what it takes.
class silent_site final : public topic_site {
 public:
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

/// A node, sites on it, and the processes that subscribe there, on each site in turn.
class world {
 public:
  explicit world(std::size_t processes, std::size_t sites = 1) {
    for (std::size_t i = 0; i < sites; ++i)
      places_.emplace_back(home_);
    for (std::size_t i = 0; i < processes; ++i)
      subscribers_.push_back(spawn_process<subscriber>(home_));
  }
  ~world() {
    for (const auto& each : subscribers_)
      exit(each, exit_reason::kill());
  }

  void subscribe(std::size_t who, const std::string& filter) {
    table_of(who).subscribe(*process::from(subscribers_[who]), filter, delivery::straight);
  }
  /// Seconds.
  double forget_all() {
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t who = 0; who < subscribers_.size(); ++who)
      table_of(who).forget(*process::from(subscribers_[who]));
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
  /// All sites together.
  std::size_t taken() const {
    std::size_t sum = 0;
    for (const place& each : places_)
      sum += each.site.taken;
    return sum;
  }
  std::size_t subscribers() const { return subscribers_.size(); }

 private:
  struct place {
    explicit place(node& home) : table(home.topics(), site) {}
    silent_site site;
    topic_table table;
  };

  topic_table& table_of(std::size_t who) { return places_[who % places_.size()].table; }

  caf::actor_system_config config_;
  caf::actor_system system_{[this]() -> caf::actor_system_config& {
    use_vaquero_scheduler(config_, {});
    return config_;
  }()};
  node home_{system_};
  std::deque<place> places_;
  std::vector<pid> subscribers_;
};

/// A line of the table, and of the JSON.
void add_row(bench::report& out, const std::string& what, double value, int decimals,
             const char* unit) {
  out.table.push_back({what, format_number(value, decimals), unit});
  out.results.push_back({{"server", bench::product_name},
                         {"load", what},
                         {"value", value},
                         {"unit", unit},
                         {"decimals", decimals}});
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
  add_row(out, "publish, no subscriber", unwanted, 0, "ns");
  add_row(out, "publish, one of many topics", one_of_many, 0, "ns");
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
  add_row(out, "subscribe", seconds / count * 1e9, 0, "ns");
  add_row(out, "a subscription", bytes / count, 1, "bytes");
  add_row(out, "end of all", closing, 3, "s");
  out.goals.push_back({"MB of all subscriptions", 200, bytes / 1e6, 1});
  out.goals.push_back({"s until all are forgotten", 1, closing, 3});
}

std::string of_loops(unsigned loops) {
  return std::to_string(loops) + (loops == 1 ? " loop" : " loops");
}

/// What the directory hands to each loop of one publication, however many subscribers that has.
void count_postings(const settings& wanted, unsigned loops, bench::report& out) {
  world all{wanted.processes, loops};
  for (std::size_t who = 0; who < all.subscribers(); ++who)
    all.subscribe(who, "news0");
  const std::size_t count = std::min<std::size_t>(wanted.publications, 10'000);
  all.publish("news", 1, count);
  const auto each = static_cast<double>(all.taken()) / static_cast<double>(count);
  add_row(out, "messages of a publication, " + of_loops(loops), each, 2, "");
  out.goals.push_back(
      {"messages of a publication to each of " + of_loops(loops), 1, each / loops, 2});
}

/// Calls of write by this thread, from /proc/thread-self/io; nothing where the kernel does not count.
std::optional<std::uint64_t> own_writes() {
  std::ifstream in("/proc/thread-self/io");
  std::string key;
  for (std::uint64_t value = 0; in >> key >> value;)
    if (key == "syscw:") return value;
  return {};
}

void await_message(bench::connection& from, const bench::deadline& limit) {
  while (true) {
    limit.check("a publication");
    from.receive();
    if (from.ended()) throw bench::protocol_failure("the server closed a subscriber");
    if (const auto frame = from.next_frame()) return from.consume(frame->size);
  }
}

/// The same on a server's loops, which sleep before each: what wakes one of them is a write.
void count_wake_ups(const settings& wanted, unsigned loops, bench::report& out) {
  const bench::deadline limit{std::chrono::seconds{wanted.timeout_s}};
  server running{{.listen = "127.0.0.1:0", .loops = loops}};
  running.route<topic_handler>("/topic/[...]");
  running.start();
  const auto address = bench::parse_listening_line("listening on " + running.urls().at(0));
  std::vector<bench::connection> readers;
  bench::open_connections(readers, address, "/topic/news", subscribers_of_a_loop * loops, limit);
  const auto before = own_writes();
  for (std::size_t i = 0; i < publications_from_outside; ++i) {
    publish_data(running.home(), "news", "what is new");
    for (bench::connection& each : readers)
      await_message(each, limit);
  }
  if (!before)
    return out.notes.push_back("writes are not counted: there is no /proc/thread-self/io");
  const auto each = static_cast<double>(*own_writes() - *before) / publications_from_outside;
  add_row(out, "writes of a publisher outside " + of_loops(loops), each, 2, "");
  out.goals.push_back({"writes of a publisher for each of " + of_loops(loops), 1, each / loops, 2});
}

void run(const settings& wanted, bench::report& out) {
  out.table.push_back({"what", "measured", ""});
  measure_subscriptions(wanted, out);
  measure_publishing(wanted, out);
  bench::progress("topics: from outside the loops");
  for (const unsigned loops : {1u, 2u})
    count_postings(wanted, loops, out);
  for (const unsigned loops : {1u, 2u})
    count_wake_ups(wanted, loops, out);
  out.print(std::cout);
  out.write_json(wanted.json);
}

void add_options(CLI::App& app, settings& into) {
  app.add_option("--processes", into.processes, "that subscribe")->check(CLI::Range(1, 100'000));
  app.add_option("--topics-each", into.topics_each, "that each of them subscribes to")
      ->check(CLI::Range(1, 10'000));
  app.add_option("--topics", into.topics, "among which is published")
      ->check(CLI::Range(1'000, 10'000'000));
  app.add_option("--publications", into.publications, "to be timed")
      ->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--timeout", into.timeout_s, "Give up after so many seconds without a publication")
      ->check(CLI::Range(1u, 3600u))
      ->capture_default_str();
  app.add_option("--json", into.json, "a file for the results");
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"What topics cost who publishes and who subscribes", "topics"};
  settings wanted;
  add_options(app, wanted);
  bench::report out{"topics", argc, argv};
  return bench::run_program(app, argc, argv, [&] { run(wanted, out); });
}
