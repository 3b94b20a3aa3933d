#include "bench/support/cycle_load.hpp"

#include <algorithm>

namespace vaquero::bench {

cycle_client::cycle_client(const sockaddr_in& server, std::string path, std::size_t concurrency,
                           const deadline& limit)
    : server_(server), path_(std::move(path)), limit_(limit), concurrency_(concurrency) {}

std::uint64_t cycle_client::run(const cycle_limit& until) {
  auto end = deadline::clock::now() + until.time;
  std::uint64_t last = until.cycles > UINT64_MAX - begun_ ? UINT64_MAX : begun_ + until.cycles;
  std::size_t busy = 0;
  lives_.clear();
  lives_.reserve(concurrency_);
  while (busy < concurrency_ && begun_ < last) {
    lives_.push_back(begin());
    start(busy++);
  }
  std::uint64_t cycles = 0;
  while (busy > 0) {
    limit_.check("a handshake, an echo or a close");
    bool late = deadline::clock::now() >= end;
    for (const epoll_event& event : set_.ready()) {
      std::size_t slot = event.data.u32;
      if (!advance(slot)) continue;
      ++cycles;
      if (late || begun_ >= last) {
        --busy;
        lives_[slot].socket.shut();
      } else {
        lives_[slot] = begin();
        start(slot);
      }
    }
  }
  return cycles;
}

cycle_client::life cycle_client::begin() {
  return {connection(server_, static_cast<unsigned>(begun_++)), step::upgrade, {}};
}

void cycle_client::start(std::size_t slot) {
  lives_[slot].socket.request_upgrade(path_);
  set_.add(lives_[slot].socket, static_cast<std::uint32_t>(slot), lives_[slot].socket.has_unsent());
}

bool cycle_client::advance(std::size_t slot) {
  life& own = lives_[slot];
  if (own.socket.has_unsent()) {
    own.socket.flush();
    if (own.socket.has_unsent()) return false;
    set_.change(own.socket, static_cast<std::uint32_t>(slot), false);
  }
  own.socket.receive();
  if (own.awaited == step::upgrade && own.socket.take_upgrade()) {
    own.message = "message of " + std::to_string(begun_);
    own.message.resize(16, '.');
    std::string frame;
    append_masked(frame, frame_type::text, own.message, 0x3C5AA5C3);
    own.socket.send(frame);
    own.awaited = step::echo;
  }
  if (own.awaited == step::echo) take_echo(own);
  if (own.awaited == step::close) take_close(own);
  if (own.socket.ended() && own.awaited != step::end)
    throw protocol_failure("the server closed in the middle of a cycle");
  return own.socket.ended();
}

void cycle_client::take_echo(life& own) {
  auto frame = own.socket.next_frame();
  if (!frame) return;
  if (frame->type != frame_type::text || frame->payload != own.message)
    throw protocol_failure("an echo differs from its message");
  own.socket.consume(frame->size);
  std::string close_frame;
  append_masked(close_frame, frame_type::close, normal_closure, 0x3C5AA5C3);
  own.socket.send(close_frame);
  own.awaited = step::close;
}

void cycle_client::take_close(life& own) {
  auto frame = own.socket.next_frame();
  if (!frame) return;
  if (frame->type != frame_type::close || frame->payload != normal_closure)
    throw protocol_failure("the close was not answered with a close of the same code");
  own.socket.consume(frame->size);
  own.awaited = step::end;
}

} // namespace vaquero::bench
