#include "bench/support/fanout_load.hpp"

#include <algorithm>
#include <cmath>

namespace vaquero::bench {

namespace {

constexpr std::uint32_t key = 0x9E3779B9;

/// No server takes so long for one round, not even under callgrind: it has lost a message.
constexpr std::chrono::minutes round_max{2};

/// Text of `size` bytes that begins with a number, as far as there is room for it.
std::string numbered(std::uint64_t number, std::size_t size) {
  std::string text(size, 'v');
  for (std::size_t i = 0; i < std::min<std::size_t>(size, 16); ++i, number >>= 4)
    text[i] = "0123456789abcdef"[number & 0xF];
  return text;
}

} // namespace

fanout_client::fanout_client(std::vector<connection>& readers, const deadline& limit)
    : readers_(readers), limit_(limit), received_(readers.size()) {
  for (std::size_t i = 0; i < readers.size(); ++i)
    set_.add(readers[i], static_cast<std::uint32_t>(i));
}

std::uint64_t fanout_client::run(const fanout_load& load, const load_limit& until) {
  using microseconds = std::chrono::duration<double, std::micro>;
  auto end = deadline::clock::now() + until.time;
  latencies_.clear();
  do {
    auto begin = deadline::clock::now();
    publish(load);
    const auto limit = limit_.within(round_max);
    while (waiting_ > 0) {
      limit.check("a delivery");
      readers_.front().flush();
      for (const epoll_event& event : set_.ready())
        receive(event.data.u32, load);
    }
    latencies_.push_back(microseconds(deadline::clock::now() - begin).count());
  } while (latencies_.size() < until.rounds && deadline::clock::now() < end);
  return latencies_.size() * load.batch * readers_.size();
}

void fanout_client::publish(const fanout_load& load) {
  burst_.clear();
  expected_.clear();
  for (std::size_t i = 0; i < load.batch; ++i) {
    expected_.push_back(numbered(sequence_++, load.size));
    append_masked(burst_, frame_type::text, expected_.back(), key);
  }
  std::fill(received_.begin(), received_.end(), 0);
  waiting_ = readers_.size();
  readers_.front().send(burst_);
}

void fanout_client::receive(std::size_t index, const fanout_load& load) {
  connection& socket = readers_[index];
  socket.receive();
  while (auto frame = socket.next_frame()) {
    if (received_[index] == load.batch) throw protocol_failure("more was delivered than published");
    if (frame->type != frame_type::text || frame->payload != expected_[received_[index]])
      throw protocol_failure("a delivery differs from what was published");
    socket.consume(frame->size);
    if (++received_[index] == load.batch) --waiting_;
  }
  if (socket.ended()) throw protocol_failure("the server closed a connection under load");
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

} // namespace vaquero::bench
