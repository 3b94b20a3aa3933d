#include "bench/suite/fanout_workload.hpp"

#include "bench/suite/message_set.hpp"
#include "bench/suite/worker.hpp"

#include <algorithm>
#include <charconv>

namespace vaquero::bench {

namespace {

constexpr std::size_t digits = 16;
constexpr std::uint32_t mask_key = 0x9E3779B9;
/// Message 0 is the probe, which shows who is subscribed; the load's begin at 1.
constexpr std::uint64_t probe = 0;
constexpr std::chrono::milliseconds between_probes{200};
/// A publisher that cannot send looks again so soon.
constexpr std::chrono::microseconds look_again{50};
/// Publishes that go out in one write, however late they are.
constexpr std::uint64_t burst_max = 256;

} // namespace

fanout_workload::fanout_workload(fanout_run& run, bool publishes)
    : run_(run), publishes_(publishes),
      text_(numbered_text(probe, std::max(run.size, digits), run.compression)) {}

bool fanout_workload::is_ready(worker& owner) {
  if (run_.reached == run_.subscribers) return true;
  if (publishes_ && owner.now() - last_probe_ >= between_probes) {
    last_probe_ = owner.now();
    burst_.clear();
    append_publication(burst_, probe);
    owner.send(owner.connections().front(), burst_);
  }
  return false;
}

void fanout_workload::start(worker& owner) {
  is_started_ = true;
  is_stopped_ = false;
  for (client_connection& each : owner.connections())
    each.received = 0;
  if (publishes_) publish_what_is_due(owner);
}

void fanout_workload::received(worker& owner, client_connection& from, const incoming& message) {
  const auto number = number_in(message);
  if (!number && is_started_)
    throw protocol_failure("a subscriber got what this load did not publish");
  if (!number || *number == probe) {
    // Whoever was reached once is subscribed. A topic may have kept something older.
    if (number && from.sent++ == 0) ++run_.reached;
    return;
  }
  if (*number <= from.received)
    throw protocol_failure("a subscriber got a message twice or in a wrong order");
  from.received = *number;
  counts.latency.add(owner.now() - begin_of(*number));
  ++counts.operations;
  ++run_.delivered;
}

void fanout_workload::caught_up(worker& owner, client_connection&) {
  if (publishes_ && is_started_ && !run_.times) publish_what_is_due(owner);
}

fanout_workload::time_point fanout_workload::tick(worker& owner) {
  if (!publishes_ || !is_started_ || is_stopped_) return never;
  publish_what_is_due(owner);
  const bool is_held_back = owner.connections().front().has_unsent();
  if (run_.times) return is_held_back ? owner.now() + look_again : run_.times.due(run_.published);
  // Other workers do not say when a delivery of theirs was the last that was awaited.
  return run_.workers > 1 ? owner.now() + look_again : never;
}

void fanout_workload::publish_what_is_due(worker& owner) {
  auto& publisher = owner.connections().front();
  if (is_stopped_ || publisher.has_unsent()) return;
  const auto first = run_.published.load();
  const auto last = std::min(due_until(owner.now()), first + burst_max);
  burst_.clear();
  for (auto number = first; number < last; ++number) {
    if (!run_.times)
      run_.published_at[number % fanout_run::unfinished_max] =
          owner.now().time_since_epoch().count();
    append_publication(burst_, number + 1);
  }
  if (burst_.empty()) return;
  run_.published = last;
  owner.send(publisher, burst_);
}

std::uint64_t fanout_workload::due_until(time_point now) const {
  if (run_.times) return run_.times.due_until(now);
  return run_.delivered / run_.subscribers + run_.depth;
}

fanout_workload::time_point fanout_workload::begin_of(std::uint64_t number) const {
  if (run_.times) return run_.times.due(number - 1);
  const auto at = run_.published_at[(number - 1) % fanout_run::unfinished_max].load();
  return time_point(time_point::duration(at));
}

void fanout_workload::stop(worker&) { is_stopped_ = true; }

bool fanout_workload::is_done() const {
  return run_.delivered == run_.published * run_.subscribers;
}

void fanout_workload::give_up(worker&) {
  if (publishes_) counts.failures += run_.published * run_.subscribers - run_.delivered;
}

void fanout_workload::append_publication(std::string& out, std::uint64_t number) {
  for (std::size_t i = 0; i < digits; ++i)
    text_[digits - 1 - i] = "0123456789abcdef"[number >> (4 * i) & 0xF];
  append_masked(out, frame_type::text, run_.compression ? codec_.compress(text_) : text_, mask_key,
                run_.compression);
}

std::optional<std::uint64_t> fanout_workload::number_in(const incoming& message) {
  // All subscribers get the same bytes: they are looked into once.
  if (message.is_compressed && message.payload == compressed_) return compressed_number_;
  const auto inflated = message.is_compressed ? codec_.decompress(message.payload) : std::string();
  const auto text = message.is_compressed ? std::string_view(inflated) : message.payload;
  if (text.size() != text_.size() || text.substr(digits) != std::string_view(text_).substr(digits))
    return {};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number, 16);
  if (error != std::errc{} || end != text.data() + digits) return {};
  if (message.is_compressed) {
    compressed_ = message.payload;
    compressed_number_ = number;
  }
  return number;
}

} // namespace vaquero::bench
