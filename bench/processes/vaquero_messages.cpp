// Tasks about messages: what passing one on costs, in several shapes of traffic.
#include "bench/processes/vaquero_tasks.hpp"

#include <memory>

namespace vaquero::bench::in_vaquero {

namespace {

/// Passes a number on, one less each time; whoever gets 0 ends the task. A pid is who comes next.
class passer final : public scheduled_process {
 public:
  passer(caf::actor_config& config, vaquero::node& home, pid next, finish_line& finished)
      : scheduled_process(config, home), next_(std::move(next)), finished_(finished) {}

 protected:
  void handle_message(caf::mailbox_element& mail) override {
    if (auto* left = get_if<int>(mail)) {
      if (*left == 0) return finished_.arrive();
      send(next_, *left - 1);
    } else {
      next_ = *get_if<pid>(mail);
    }
  }

 private:
  pid next_;
  finish_line& finished_;
};

double pass_around(node& home, std::size_t rings, std::size_t members, std::size_t operations) {
  finish_line finished(rings);
  std::vector<pid> starts;
  for (std::size_t i = 0; i < rings; ++i) {
    auto last = spawn_process<passer>(home, pid{}, finished);
    auto first = last;
    for (std::size_t member = 1; member < members; ++member)
      first = spawn_process<passer>(home, first, finished);
    vaquero::send(last, first);
    starts.push_back(first);
  }
  return seconds_of([&] {
    for (const pid& start : starts)
      vaquero::send(start, static_cast<int>(operations / rings));
    finished.wait();
  });
}

/// Waits for so many numbers.
class receiver final : public scheduled_process {
 public:
  receiver(caf::actor_config& config, vaquero::node& home, std::size_t awaited,
           finish_line& finished)
      : scheduled_process(config, home), awaited_(awaited), finished_(finished) {}

 protected:
  void handle_message(caf::mailbox_element&) override {
    if (--awaited_ == 0) finished_.arrive();
  }

 private:
  std::size_t awaited_;
  finish_line& finished_;
};

class sender final : public scheduled_process {
 public:
  sender(caf::actor_config& config, vaquero::node& home, pid to, std::size_t messages)
      : scheduled_process(config, home), to_(std::move(to)), left_(messages) {}

 protected:
  void handle_message(caf::mailbox_element&) override {
    auto turn = std::min(left_, turn_max);
    for (std::size_t i = 0; i < turn; ++i)
      send(to_, 1);
    left_ -= turn;
    if (left_ > 0) send(self(), go{});
  }

 private:
  pid to_;
  std::size_t left_;
};

/// Tells who sends to it when it has got all that it awaits.
class listener final : public scheduled_process {
 public:
  listener(caf::actor_config& config, vaquero::node& home, pid to, std::size_t awaited)
      : scheduled_process(config, home), to_(std::move(to)), awaited_(awaited) {}

 protected:
  void handle_message(caf::mailbox_element&) override {
    if (--awaited_ == 0) send(to_, 1);
  }

 private:
  pid to_;
  std::size_t awaited_;
};

struct audience {
  std::vector<pid> all;
};

/// Sends to each listener in turn, round after round, and waits for all of them.
class broadcaster final : public scheduled_process {
 public:
  broadcaster(caf::actor_config& config, vaquero::node& home, std::size_t rounds,
              finish_line& finished)
      : scheduled_process(config, home), rounds_(rounds), finished_(finished) {}

 protected:
  void handle_message(caf::mailbox_element& mail) override {
    if (get_if<int>(mail)) {
      if (--awaited_ == 0) finished_.arrive();
      return;
    }
    if (auto* found = get_if<audience>(mail)) {
      listeners_ = found->all;
      awaited_ = listeners_.size();
      left_ = rounds_ * listeners_.size();
      return;
    }
    auto turn = std::min(left_, turn_max);
    for (std::size_t i = 0; i < turn; ++i) {
      send(listeners_[next_], 1);
      if (++next_ == listeners_.size()) next_ = 0;
    }
    left_ -= turn;
    if (left_ > 0) send(self(), go{});
  }

 private:
  std::vector<pid> listeners_;
  std::size_t rounds_;
  std::size_t next_ = 0;
  std::size_t awaited_ = 0;
  std::size_t left_ = 0;
  finish_line& finished_;
};

} // namespace

double ping_pong(node& home, task_size size) {
  return pass_around(home, size.processes, 2, size.operations);
}

double ring(node& home, task_size size) {
  return pass_around(home, 1, size.processes, size.operations);
}

double n_to_1(node& home, task_size size) {
  finish_line finished;
  auto each = size.operations / size.processes;
  auto to = spawn_process<receiver>(home, each * size.processes, finished);
  std::vector<pid> senders;
  for (std::size_t i = 0; i < size.processes; ++i)
    senders.push_back(spawn_process<sender>(home, to, each));
  return seconds_of([&] {
    for (const pid& from : senders)
      vaquero::send(from, go{});
    finished.wait();
  });
}

double one_to_n(node& home, task_size size) {
  finish_line finished;
  auto rounds = size.operations / size.processes;
  auto from = spawn_process<broadcaster>(home, rounds, finished);
  audience listeners;
  for (std::size_t i = 0; i < size.processes; ++i)
    listeners.all.push_back(spawn_process<listener>(home, from, rounds));
  vaquero::send(from, std::move(listeners));
  return seconds_of([&] {
    vaquero::send(from, go{});
    finished.wait();
  });
}

} // namespace vaquero::bench::in_vaquero
