#include "bench/support/echo_load.hpp"

#include <algorithm>

namespace vaquero::bench {

echo_client::echo_client(std::vector<connection>& connections, const deadline& limit)
    : connections_(connections), limit_(limit), progress_(connections.size()) {
  for (std::size_t i = 0; i < connections.size(); ++i)
    set_.add(connections[i], static_cast<std::uint32_t>(i));
}

std::uint64_t echo_client::run(const echo_load& load, const load_limit& until) {
  start_payload(load);
  auto end = deadline::clock::now() + until.time;
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    progress_[i].rounds = 0;
    send_round(i, load);
  }
  std::uint64_t messages = 0;
  std::size_t busy = connections_.size();
  while (busy > 0) {
    limit_.check("an echo");
    bool last = deadline::clock::now() >= end;
    for (const epoll_event& event : set_.ready()) {
      std::size_t index = event.data.u32;
      receive(index, load);
      progress& own = progress_[index];
      if (!own.in_round || own.echoed < load.depth) continue;
      messages += load.depth;
      if (last || ++own.rounds >= until.rounds) {
        own.in_round = false;
        --busy;
      } else {
        send_round(index, load);
      }
    }
  }
  return messages;
}

void echo_client::send_round(std::size_t index, const echo_load& load) {
  progress& own = progress_[index];
  own.first = sequence_;
  own.echoed = 0;
  own.in_round = true;
  burst_.clear();
  for (std::size_t i = 0; i < load.depth; ++i) {
    key_ = key_ * 1664525 + 1013904223;
    const auto payload = payload_of(sequence_++, load.size);
    if (load.deflate)
      append_masked(burst_, frame_type::text, codec_.compress(payload), key_, true);
    else
      append_masked(burst_, frame_type::text, payload, key_);
  }
  connections_[index].send(burst_);
  follow_unsent(index);
}

void echo_client::receive(std::size_t index, const echo_load& load) {
  connection& socket = connections_[index];
  progress& own = progress_[index];
  socket.flush();
  socket.receive();
  while (auto frame = socket.next_frame()) {
    if (frame->type != frame_type::text)
      throw protocol_failure("a text message was not echoed as text");
    if (!own.in_round || own.echoed == load.depth)
      throw protocol_failure("more echoes came than messages went");
    if (frame->compressed != load.deflate)
      throw protocol_failure("an echo is not compressed as its message was");
    verify(load.deflate ? codec_.decompress(frame->payload) : frame->payload,
           own.first + own.echoed, load.size);
    socket.consume(frame->size);
    ++own.echoed;
  }
  if (socket.ended()) throw protocol_failure("the server closed a connection under load");
  follow_unsent(index);
}

/// Plain text, or a list of ticks in JSON whose first member is the sequence number.
void echo_client::start_payload(const echo_load& load) {
  number_at_ = 0;
  payload_.assign(load.size, 'v');
  if (!load.deflate) return;
  const std::string_view begin = R"({"sequence":")";
  number_at_ = begin.size();
  payload_.assign(begin).append(R"(0123456789abcdef","ticks":[)");
  std::uint32_t price = 7692;
  while (payload_.size() < load.size) {
    price = price * 1664525 + 1013904223;
    payload_ += R"({"symbol":"EUR)" + std::string(1, static_cast<char>('A' + (price >> 28))) +
                R"(SD","bid":1.)" + std::to_string(price >> 12) + R"(,"volume":)" +
                std::to_string(price >> 20) + "},";
  }
  payload_.resize(load.size);
}

void echo_client::verify(std::string_view payload, std::uint64_t sequence, std::size_t size) {
  if (payload != payload_of(sequence, size))
    throw protocol_failure("an echo differs from its message: '" + std::string(payload) + "'");
}

/// Text of `size` bytes that holds the sequence number, so that no two echoes are mistaken.
std::string_view echo_client::payload_of(std::uint64_t sequence, std::size_t size) {
  std::size_t digits = std::min<std::size_t>(size - std::min(size, number_at_), 16);
  for (std::size_t i = 0; i < digits; ++i, sequence >>= 4)
    payload_[number_at_ + i] = "0123456789abcdef"[sequence & 0xF];
  return payload_;
}

void echo_client::follow_unsent(std::size_t index) {
  progress& own = progress_[index];
  if (connections_[index].has_unsent() == own.writable_awaited) return;
  own.writable_awaited = !own.writable_awaited;
  set_.change(connections_[index], static_cast<std::uint32_t>(index), own.writable_awaited);
}

} // namespace vaquero::bench
