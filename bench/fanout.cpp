// Answers: what does it cost the server to hand one published message to all subscribers of a topic,
// alone and several in one turn, and what do the others notice of those that do not read?
#include "bench/support/fanout_load.hpp"
#include "bench/support/instructions.hpp"
#include "bench/support/load_result.hpp"
#include "bench/support/options.hpp"
#include "bench/support/peers.hpp"
#include "bench/support/stalled_connections.hpp"

#include <boost/json.hpp>

#include <deque>
#include <iostream>
#include <memory>

namespace {

using namespace vaquero::bench;

/// What the goals hold for.
constexpr std::size_t usual_size = 128;
constexpr std::size_t usual_batch = 8;

/// Beast sends a larger message in several frames, by default, which would be another question.
constexpr std::size_t size_max = 4'096;

/// What goes out until those that do not read are looked at again, and how often they are.
constexpr fanout_load stalling{usual_size, 16};
constexpr std::uint64_t rounds_to_a_look = 8;
constexpr unsigned looks_max = 100;

/// A server's frame of so many bytes, which the sizes here all are.
constexpr std::uint64_t frame_bytes(std::size_t size) { return size + (size < 126 ? 2 : 4); }

/// With so much left for each stalled one, more than queue_frames_max, the product's policy is at work.
constexpr std::uint64_t stalled_bytes = 1'100 * frame_bytes(usual_size);

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
      stalled_.open(server_.address(), path_, stalled, limit_);
      client_.emplace(readers_, limit_);
    });
  }

  /// Publishes until the stalled ones hold the server up. Returns why they do not; empty: they do.
  std::string stall() {
    std::string fault;
    for (unsigned looks = 0; looks < looks_max; ++looks) {
      run(stalling, {.rounds = rounds_to_a_look});
      fault = look_at_stalled();
      if (fault.empty() || stalled_.closed() > 0) break;
    }
    return fault;
  }

  /// Empty while they hold the server up.
  std::string look_at_stalled() {
    stalled_.look(sent_to_each_);
    return stalled_.fault(stalled_bytes);
  }

  std::uint64_t run(const fanout_load& load, const load_limit& until) {
    std::uint64_t deliveries = 0;
    with_server(server_, [&] { deliveries = client_->run(load, until); });
    sent_to_each_ += deliveries / readers_.size() * frame_bytes(load.size);
    return deliveries;
  }

  double latency(double share) const { return percentile(client_->latencies(), share); }

  /// Has the stalled ones read on: who was only about to be closed is seen then.
  std::string wake_stalled() {
    with_server(server_, [&] { stalled_.catch_up(client_->newest(), limit_); });
    return stalled_.fault(0);
  }

  const stalled_connections& stalled() const { return stalled_; }

  void close() {
    client_.reset();
    with_server(server_, [&] { close_connections(readers_, limit_); });
  }

 private:
  std::string path_;
  deadline limit_;
  running_server server_;
  std::vector<connection> readers_;
  stalled_connections stalled_;
  std::uint64_t sent_to_each_ = 0; // bytes
  std::optional<fanout_client> client_;
};

/// The p99 with some subscribers stalled over that with none, on two servers in turn.
struct stalled_result {
  std::string server;
  std::vector<double> ratios;
  double kernel_bytes = 0; // of a stalled one, as is what the server was left with
  double server_bytes = 0;
  std::string fault = {}; // why there are no ratios: those were not stalled
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
    common_options keeping = options_.common;
    keeping.config = source_folder() / "bench/stalled.toml";
    for (const server_spec& spec : chosen_servers(keeping)) {
      fanout_session none(spec, {}, options_, limit_);
      fanout_session some(spec, {}, options_, limit_);
      none.open(all - stalled);
      some.open(all - stalled, stalled);
      progress("fanout: " + spec.name + ", " + std::to_string(stalled) + " of " +
               std::to_string(all) + " stalled");
      stalled_results.push_back(compare_stalled(none, some));
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

  stalled_result compare_stalled(fanout_session& none, fanout_session& some) {
    const fanout_load load{options_.size, 1};
    none.run(load, {.time = time_});
    stalled_result result{none.name(), {}, 0, 0, some.stall()};
    for (unsigned round = 0; round < options_.load.rounds && result.fault.empty(); ++round) {
      none.run(load, {.time = time_});
      some.run(load, {.time = time_});
      result.ratios.push_back(some.latency(0.99) / none.latency(0.99));
      result.fault = some.look_at_stalled();
    }
    result.kernel_bytes = some.stalled().kernel_bytes();
    result.server_bytes = static_cast<double>(some.stalled().server_bytes());
    if (result.fault.empty()) result.fault = some.wake_stalled();
    if (!result.fault.empty()) result.ratios.clear();
    return result;
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
    if (each.server == product_name && each.fault.empty())
      out.goals.push_back({"1 in " + std::to_string(options.stalled_in) +
                               " stalled, p99 of the others to none stalled",
                           1.3, median(each.ratios), 2});
}

void add_stalled(report& out, const fanout_bench& bench, const fanout_options& options) {
  for (const stalled_result& each : bench.stalled_results) {
    boost::json::object row{{"server", each.server}, {"load", "stalled"}};
    std::string note = each.server + ": p99 of the others with 1 in " +
                       std::to_string(options.stalled_in) + " stalled / with none: ";
    if (each.fault.empty()) {
      note += format_number(median(each.ratios), 2) + " (median of " +
              std::to_string(each.ratios.size()) + " rounds in turn; " +
              format_number(each.kernel_bytes, 0) +
              " bytes wait in the kernels for a stalled one, and " +
              format_number(each.server_bytes, 0) + " are the server's to keep or to drop)";
      row["ratios"] = boost::json::array(each.ratios.begin(), each.ratios.end());
      row["kernel_bytes"] = each.kernel_bytes;
      row["server_bytes"] = each.server_bytes;
    } else {
      note += "not told, for " + each.fault;
      row["fault"] = each.fault;
    }
    out.notes.push_back(std::move(note));
    out.results.push_back(std::move(row));
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
