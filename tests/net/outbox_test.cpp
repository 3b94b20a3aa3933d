// A tracked outbox against a list of frames that does the same in the plainest way.
#include "net/outbox.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>
#include <random>
#include <sys/socket.h>
#include <unistd.h>

using namespace vaquero;

namespace {

/// A socket whose kernel takes little, and its other end.
struct narrow_pipe {
  narrow_pipe() {
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    const int small = 4096;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  }
  ~narrow_pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }

  /// What has arrived, up to so many bytes.
  std::string read(std::size_t most) {
    std::string bytes(most, '\0');
    const auto count = recv(ends[1], bytes.data(), most, 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }

  int ends[2];
};

struct model_frame {
  std::string bytes;
  std::string key;
  bool is_control;
};

/// Frames that wait, and the bytes of those that were begun.
struct model {
  void append(model_frame frame) {
    auto same = std::find_if(waiting.begin(), waiting.end(), [&](const model_frame& x) {
      return !x.key.empty() && x.key == frame.key;
    });
    if (same == waiting.end())
      waiting.push_back(std::move(frame));
    else
      *same = std::move(frame);
  }
  bool drop_oldest() {
    auto oldest = std::find_if(waiting.begin(), waiting.end(),
                               [](const model_frame& x) { return !x.is_control; });
    if (oldest == waiting.end()) return false;
    waiting.erase(oldest);
    return true;
  }
  void write(std::size_t count) {
    for (sent += count; begun.size() < sent; waiting.pop_front())
      begun += waiting.front().bytes;
  }
  std::size_t size() const {
    auto bytes = begun.size() - sent;
    for (auto& each : waiting)
      bytes += each.bytes.size();
    return bytes;
  }

  std::deque<model_frame> waiting;
  std::string begun;
  std::size_t sent = 0;
};

struct comparison {
  explicit comparison(unsigned seed) : random(seed) {}

  unsigned below(unsigned bound) { return static_cast<unsigned>(random() % bound); }

  void append() {
    const bool is_control = below(10) == 0;
    const auto type = is_control ? opcode::ping : opcode::text;
    const auto key = is_control || below(2) ? std::string{} : std::to_string(below(5));
    const auto size = is_control ? below(126) : below(20) ? below(300) : 70'000;
    const std::string payload(size, static_cast<char>('a' + below(26)));
    if (!box.is_tracked()) box.track();
    box.append_tracked(type, payload, key);
    std::string bytes;
    append_frame(bytes, type, payload);
    plain.append({bytes, key, is_control});
  }
  void write() {
    const auto before = box.size();
    REQUIRE(box.write_to(pipe.ends[0]) != outbox::result::failed);
    plain.write(before - box.size());
    if (!box.empty()) box.track();
  }
  void step() {
    switch (below(8)) {
      case 0: return write();
      case 1: arrived += pipe.read(below(10'000)); return;
      case 2:
        if (box.is_tracked()) REQUIRE(box.drop_oldest() == plain.drop_oldest());
        return;
      default: return append();
    }
  }
  void finish() {
    box.append_close(1000, {});
    std::string close;
    append_close(close, 1000, {});
    plain.append({close, {}, true});
    while (!box.empty() || arrived.size() < plain.begun.size()) {
      write();
      arrived += pipe.read(100'000);
    }
  }

  std::mt19937 random;
  memory_budget budget{1 << 30};
  memory_account account{budget, [] {}};
  narrow_pipe pipe;
  outbox box{account};
  model plain;
  std::string arrived;
};

} // namespace

TEST_CASE("whatever is appended, replaced, dropped and written, the stream is the model's",
          "[outbox]") {
  for (unsigned seed = 0; seed < 100; ++seed) {
    INFO("seed " << seed);
    comparison both{seed};
    for (int i = 0; i < 500; ++i) {
      both.step();
      REQUIRE(both.box.size() == both.plain.size());
      if (both.box.is_tracked()) REQUIRE(both.box.frames() == both.plain.waiting.size());
    }
    both.finish();
    REQUIRE(both.arrived == both.plain.begun);
  }
}

TEST_CASE("the account knows what outboxes hold, and gets it back", "[outbox]") {
  memory_budget budget{1 << 30};
  memory_account account{budget, [] {}};
  {
    outbox box{account};
    box.append_frame(opcode::text, std::string(1 << 20, 'x'));
    CHECK(budget.used() == box.capacity());
    box.drop_unstarted();
    account.report();
    CHECK(budget.used() == box.capacity());
    CHECK(box.capacity() < 1024);
  }
  account.report();
  CHECK(budget.used() == 0);
}

TEST_CASE("the account that holds the most is asked for relief, once until it is done",
          "[outbox]") {
  memory_budget budget{1'000'000};
  int small_asked = 0, large_asked = 0;
  memory_account small{budget, [&] { ++small_asked; }};
  memory_account large{budget, [&] { ++large_asked; }};
  large.change(0, 900'000);
  small.change(0, 100'000);
  CHECK(large_asked == 0); // at the limit
  CHECK_FALSE(budget.is_exceeded());
  small.change(0, 1);
  small.report();
  CHECK(budget.is_exceeded());
  small.change(0, 100'000);
  CHECK(large_asked == 1);
  budget.relief_done(true); // not enough
  CHECK(large_asked == 2);
  large.change(900'000, 0);
  budget.relief_done(true);
  CHECK(large_asked == 2);
  CHECK(small_asked == 0);
}
