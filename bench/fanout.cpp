// Answers: what does it cost the server to hand one published message to all subscribers of a topic,
// alone and several in one turn, and what do the others notice of those that do not read?
#include "bench/support/fanout_load.hpp"
#include "bench/support/instructions.hpp"
#include "bench/support/load_result.hpp"
#include "bench/support/options.hpp"

#include <boost/json.hpp>

#include <deque>
#include <iostream>
#include <memory>
#include <sys/ioctl.h>

namespace {

using namespace vaquero::bench;

/// What the goals hold for.
constexpr std::size_t usual_size = 128;
constexpr std::size_t usual_batch = 8;

/// Beast sends a larger message in several frames, by default, which would be another question.
constexpr std::size_t size_max = 4'096;

/// As many rounds fill what the kernels hold for a subscriber that does not read.
constexpr std::uint64_t stall_rounds = 1'000;

struct fanout_options {
  common_options common;
  load_options load;
  std::vector<std::size_t> subscribers{1'000, 10'000};
  std::size_t size = usual_size;
  std::size_t batch = usual_batch;
  std::size_t stalled_in = 100;
  std::uint64_t counted = 50'000;
  std::size_t peers_counted_to = 1'000;
};

/// A running server and the subscribers of one topic.
class fanout_session {
 public:
  fanout_session(const server_spec& spec, const command_line& prefix, const fanout_options& options,
                 const deadline& limit)
      : path_(options.common.path()), limit_(limit),
        server_(spec, prefix, options.common.server_cpu, limit) {}

  const std::string& name() const { return server_.name(); }
  pid_t pid() const { return server_.pid(); }

  void open(std::size_t readers, std::size_t stalled = 0) {
    with_server(server_, [&] {
      open_connections(readers_, server_.address(), path_, readers, limit_);
      open_connections(stalled_, server_.address(), path_, stalled, limit_, false,
                       receive_window::small);
      client_.emplace(readers_, limit_);
    });
  }

  std::uint64_t run(const fanout_load& load, const load_limit& until) {
    std::uint64_t deliveries = 0;
    with_server(server_, [&] { deliveries = client_->run(load, until); });
    return deliveries;
  }

  double latency(double share) const { return percentile(client_->latencies(), share); }

  /// What waits in the kernel for one that does not read.
  double unread_bytes() const {
    std::vector<double> each;
    for (const connection& socket : stalled_) {
      int bytes = 0;
      ioctl(socket.fd(), FIONREAD, &bytes);
      each.push_back(bytes);
    }
    return median(each);
  }

  void close() {
    client_.reset();
    with_server(server_, [&] { close_connections(readers_, limit_); });
  }

 private:
  std::string path_;
  deadline limit_;
  running_server server_;
  std::vector<connection> readers_;
  std::vector<connection> stalled_;
  std::optional<fanout_client> client_;
};

/// The p99 with some subscribers stalled over that with none, on two servers in turn.
struct stalled_result {
  std::string server;
  std::vector<double> ratios;
  double unread_bytes;
};

class fanout_bench {
 public:
  explicit fanout_bench(const fanout_options& options)
      : options_(options), limit_(std::chrono::seconds(options.common.timeout_s)),
        time_(static_cast<std::int64_t>(options.load.seconds * 1e9)),
        servers_(chosen_servers(options.common)) {
    batches_ = {1};
    if (options.batch > 1) batches_.push_back(options.batch);
    for (std::size_t subscribers : options.subscribers)
      for (std::size_t batch : batches_)
        for (const server_spec& spec : servers_)
          results.push_back({spec.name, title(subscribers, batch), {}, {}, 0, {}});
  }

  void measure_times() {
    std::deque<fanout_session> sessions;
    for (const server_spec& spec : servers_)
      sessions.emplace_back(spec, command_line{}, options_, limit_);
    for (std::size_t subscribers : options_.subscribers)
      for (unsigned round = 1; round <= options_.load.rounds; ++round)
        for (fanout_session& session : sessions) {
          progress("fanout: times, round " + std::to_string(round) + ", " + session.name() + ", " +
                   std::to_string(subscribers) + " subscribers");
          session.open(subscribers);
          for (std::size_t batch : batches_)
            add_sample(session, subscribers, batch);
          session.close();
        }
  }

  void count_instructions(instruction_counter& counter) {
    each_counted(counter.name(), counter.prefix(), options_.peers_counted_to,
                 [&](fanout_session& session, const fanout_load& load, std::uint64_t rounds,
                     load_result& result) {
                   counter.begin(session.pid(), limit_);
                   auto deliveries = session.run(load, {.rounds = rounds});
                   result.instructions =
                       static_cast<double>(counter.end(limit_)) / static_cast<double>(deliveries);
                 });
  }

  void count_syscalls() {
    each_counted("strace", {}, SIZE_MAX,
                 [&](fanout_session& session, const fanout_load& load, std::uint64_t rounds,
                     load_result& result) {
                   syscall_counter calls(session.pid(), options_.common.server_cpu, limit_);
                   result.calls_operations = session.run(load, {.rounds = rounds});
                   result.calls = calls.finish(limit_);
                 });
  }

  void measure_stalled() {
    const std::size_t all = options_.subscribers.front();
    const std::size_t stalled = std::max<std::size_t>(all / options_.stalled_in, 1);
    for (const server_spec& spec : servers_) {
      fanout_session none(spec, {}, options_, limit_);
      fanout_session some(spec, {}, options_, limit_);
      none.open(all - stalled);
      some.open(all - stalled, stalled);
      progress("fanout: " + spec.name + ", " + std::to_string(stalled) + " of " +
               std::to_string(all) + " stalled");
      const fanout_load load{options_.size, 1};
      for (fanout_session* each : {&none, &some})
        each->run(load, {.rounds = stall_rounds, .time = 10 * time_});
      stalled_result result{spec.name, {}, 0};
      for (unsigned round = 0; round < options_.load.rounds; ++round) {
        none.run(load, {.time = time_});
        some.run(load, {.time = time_});
        result.ratios.push_back(some.latency(0.99) / none.latency(0.99));
      }
      result.unread_bytes = some.unread_bytes();
      stalled_results.push_back(result);
    }
  }

  std::vector<load_result> results;
  std::vector<stalled_result> stalled_results;

  static std::string title(std::size_t subscribers, std::size_t batch) {
    std::string text = "to " + format_number(static_cast<double>(subscribers), 0);
    return batch == 1 ? text : text + ", " + std::to_string(batch) + " at a time";
  }

  load_result& result_of(const std::string& server, std::size_t subscribers, std::size_t batch) {
    const std::string load = title(subscribers, batch);
    for (load_result& each : results)
      if (each.server == server && each.load == load) return each;
    throw std::logic_error("no such row");
  }

 private:
  using counting =
      std::function<void(fanout_session&, const fanout_load&, std::uint64_t rounds, load_result&)>;

  void add_sample(fanout_session& session, std::size_t subscribers, std::size_t batch) {
    const fanout_load load{options_.size, batch};
    session.run(load, {.time = time_ / 10});
    load_result& result = result_of(session.name(), subscribers, batch);
    result.samples.push_back(
        time_load(session.pid(), [&] { return session.run(load, {.time = time_}); }));
    result.p50_us.push_back(session.latency(0.5));
    result.p99_us.push_back(session.latency(0.99));
  }

  /// One fresh server for each number of subscribers. Thousands of handshakes of a slow peer under
  /// callgrind take minutes, and a delivery is the same to each.
  void each_counted(const std::string& tool, const command_line& prefix, std::size_t peers_to,
                    const counting& count) {
    for (const server_spec& spec : servers_)
      for (std::size_t subscribers : options_.subscribers) {
        if (subscribers > peers_to && spec.name != product_name) continue;
        progress("fanout: " + tool + ", " + spec.name + ", " + std::to_string(subscribers) +
                 " subscribers");
        fanout_session session(spec, prefix, options_, limit_);
        session.open(subscribers);
        for (std::size_t batch : batches_) {
          const fanout_load load{options_.size, batch};
          session.run(load, {.rounds = 2}); // what is done once only is done now
          const std::uint64_t rounds = options_.counted / (subscribers * batch);
          count(session, load, std::max<std::uint64_t>(rounds, 2),
                result_of(spec.name, subscribers, batch));
        }
        session.close();
      }
  }

  fanout_options options_;
  deadline limit_;
  std::chrono::nanoseconds time_;
  std::vector<server_spec> servers_;
  std::vector<std::size_t> batches_;
};

/// Of two rows, round by round.
double cpu_ratio(const load_result& above, const load_result& below) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(above.samples.size(), below.samples.size()); ++i)
    if (below.samples[i].server_cpu_us > 0)
      ratios.push_back(above.samples[i].server_cpu_us / below.samples[i].server_cpu_us);
  return median(ratios);
}

void add_goals(report& out, fanout_bench& bench, const fanout_options& options) {
  for (std::size_t subscribers : options.subscribers) {
    const load_result& single = bench.result_of(product_name, subscribers, 1);
    const load_result& joined = bench.result_of(product_name, subscribers, options.batch);
    if (single.instructions)
      out.goals.push_back(
          {single.load + ", user-space instructions per delivery", 200, *single.instructions});
    if (single.calls)
      out.goals.push_back({single.load + ", sending calls per delivery", 1,
                           single.per_operation(send_calls(*single.calls)), 2});
    if (!single.samples.empty())
      out.goals.push_back({joined.load + ", CPU per delivery to that of one at a time", 0.25,
                           cpu_ratio(joined, single), 2});
  }
  for (const stalled_result& each : bench.stalled_results)
    if (each.server == product_name)
      out.goals.push_back({"1 in " + std::to_string(options.stalled_in) +
                               " stalled, p99 of the others to none stalled",
                           1.3, median(each.ratios), 2});
}

void add_stalled(report& out, const fanout_bench& bench, const fanout_options& options) {
  for (const stalled_result& each : bench.stalled_results) {
    out.notes.push_back(
        each.server + ": p99 of the others with 1 in " + std::to_string(options.stalled_in) +
        " stalled / with none: " + format_number(median(each.ratios), 2) + " (median of " +
        std::to_string(each.ratios.size()) + " rounds in turn; " +
        format_number(each.unread_bytes, 0) + " bytes wait unread in the kernel of a stalled one)");
    out.results.push_back({{"server", each.server},
                           {"load", "stalled"},
                           {"ratios", boost::json::array(each.ratios.begin(), each.ratios.end())},
                           {"unread_bytes", each.unread_bytes}});
  }
}

void run(fanout_options& options, report& out) {
  std::unique_ptr<instruction_counter> counter;
  if (!options.load.no_instructions) counter = make_instruction_counter();
  if (!options.load.no_syscalls) require_strace();
  // The two sessions of the measurement with stalled ones are open at once.
  const std::vector<std::size_t>& sizes = options.subscribers;
  require_descriptors(std::max(*std::max_element(sizes.begin(), sizes.end()),
                               options.stalled_in > 0 ? 2 * sizes.front() : 0));
  place_processes(options.common);
  fanout_bench bench(options);
  if (!options.load.no_times) bench.measure_times();
  if (counter) bench.count_instructions(*counter);
  if (!options.load.no_syscalls) bench.count_syscalls();
  if (!options.load.no_times && options.stalled_in > 0) bench.measure_stalled();
  out.settings = {{"size", options.size},
                  {"batch", options.batch},
                  {"stalled_in", options.stalled_in},
                  {"instructions_by", counter ? counter->name() : "nothing"}};
  add_results(out, bench.results, "delivery", "deliveries");
  add_ratios(out, bench.results);
  if (counter) out.notes.push_back(std::string("instructions counted by ") + counter->name());
  add_stalled(out, bench, options);
  const bool product = bench.results.front().server == product_name;
  if (product && options.size == usual_size && options.batch == usual_batch)
    add_goals(out, bench, options);
  out.print(std::cout);
  out.write_json(options.common.json);
}

void add_options(CLI::App& app, fanout_options& options) {
  options.common.route = "/topic/bench";
  options.load.seconds = 1;
  add_common_options(app, options.common);
  add_load_options(app, options.load);
  add_loops_option(app, options.common);
  app.add_option("--subscribers", options.subscribers,
                 "Connections that receive each message; several may be given")
      ->check(CLI::Range(2, 19'000))
      ->capture_default_str();
  app.add_option("--size", options.size, "Bytes of one message")
      ->check(CLI::Range(std::size_t{1}, size_max))
      ->capture_default_str();
  app.add_option("--batch", options.batch,
                 "Messages published in one write, in rows beside those of one at a time; 1 for "
                 "none")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option(
         "--stalled-in", options.stalled_in,
         "One in so many subscribers does not read, in a measurement of its own; 0 for none")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  app.add_option("--counted", options.counted,
                 "Deliveries of one run that counts instructions or system calls")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  app.add_option("--peers-counted-to", options.peers_counted_to,
                 "Count instructions of peers up to so many subscribers")
      ->capture_default_str();
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"What the delivery of a published message costs the server, for each subscriber",
               "fanout"};
  fanout_options options;
  add_options(app, options);
  report out("fanout", argc, argv);
  return run_program(app, argc, argv, [&] { run(options, out); });
}
