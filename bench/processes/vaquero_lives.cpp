// Tasks about processes themselves: what it costs to be born, to end, to be there, and to have timers.
#include "bench/processes/vaquero_tasks.hpp"
#include "bench/support/process_stats.hpp"

#include <unistd.h>

namespace vaquero::bench::in_vaquero {

namespace {

struct population {
  std::atomic<std::size_t> alive;
  finish_line finished;
};

// Ends by `exit_after_callback`, which throws nothing.
class mayfly final : public scheduled_process {
 public:
  mayfly(caf::actor_config& config, vaquero::node& home, population& all)
      : scheduled_process(config, home), all_(all) {}

 protected:
  void init() override {
    if (all_.alive.fetch_sub(1, std::memory_order_relaxed) == 1) all_.finished.arrive();
    exit_after_callback(exit_reason::normal());
  }
  void handle_message(caf::mailbox_element&) override {}

 private:
  population& all_;
};

class spawner final : public scheduled_process {
 public:
  spawner(caf::actor_config& config, vaquero::node& home, population& all)
      : scheduled_process(config, home), left_(all.alive), all_(all) {}

 protected:
  void handle_message(caf::mailbox_element&) override {
    auto turn = std::min(left_, turn_max);
    for (std::size_t i = 0; i < turn; ++i)
      spawn_process<mayfly>(home(), all_);
    left_ -= turn;
    if (left_ > 0) send(self(), go{});
  }

 private:
  std::size_t left_;
  population& all_;
};

/// A number, and who wants it back: a message does not say who sent it.
struct asked {
  pid by;
  int number;
};

class idler final : public scheduled_process {
 public:
  using scheduled_process::scheduled_process;

 protected:
  void handle_message(caf::mailbox_element& mail) override {
    const auto& question = *get_if<asked>(mail);
    send(question.by, question.number);
  }
};

/// Makes processes, some at a time, and goes on when each of them has answered.
class nursery final : public scheduled_process {
 public:
  nursery(caf::actor_config& config, vaquero::node& home, std::size_t wanted, finish_line& finished)
      : scheduled_process(config, home), left_(wanted), finished_(finished) {}

 protected:
  void handle_message(caf::mailbox_element& mail) override {
    if (get_if<int>(mail) && --awaited_ > 0) return;
    if (left_ == 0) return finished_.arrive();
    awaited_ = std::min(left_, turn_max);
    left_ -= awaited_;
    for (std::size_t i = 0; i < awaited_; ++i)
      send(spawn_process<idler>(home()), asked{self(), 1});
  }

 private:
  std::size_t left_;
  std::size_t awaited_ = 0;
  finish_line& finished_;
};

std::uint64_t resident_after(node& home, std::size_t more) {
  finish_line finished;
  send(spawn_process<nursery>(home, more, finished), go{});
  finished.wait();
  return resident_bytes(getpid());
}

class worker final : public scheduled_process {
 public:
  using scheduled_process::scheduled_process;

 protected:
  void handle_message(caf::mailbox_element& mail) override {
    const auto& question = *get_if<asked>(mail);
    send(question.by, question.number + 1);
    exit_after_callback(exit_reason::normal());
  }
};

class forker final : public scheduled_process {
 public:
  forker(caf::actor_config& config, vaquero::node& home, std::size_t wanted, finish_line& finished)
      : scheduled_process(config, home), left_(wanted), finished_(finished) {}

 protected:
  void handle_message(caf::mailbox_element& mail) override {
    if (auto* result = get_if<int>(mail)) {
      sum_ += *result;
      if (--awaited_ > 0) return;
    }
    if (left_ == 0) return finished_.arrive();
    awaited_ = std::min(left_, turn_max);
    left_ -= awaited_;
    for (std::size_t i = 0; i < awaited_; ++i)
      send(spawn_process<worker>(home()), asked{self(), 1});
  }

 private:
  std::size_t left_;
  std::size_t awaited_ = 0;
  long sum_ = 0;
  finish_line& finished_;
};

class alarm_clock final : public scheduled_process {
 public:
  alarm_clock(caf::actor_config& config, vaquero::node& home, std::size_t wanted,
              finish_line& finished)
      : scheduled_process(config, home), wanted_(wanted), finished_(finished) {}

 protected:
  void handle_message(caf::mailbox_element&) override {
    std::vector<timer_ref> timers;
    timers.reserve(wanted_);
    for (std::size_t i = 0; i < wanted_; ++i)
      timers.push_back(send_after(due_of_timer(i), self(), 1));
    for (timer_ref timer : timers)
      cancel_timer(timer);
    finished_.arrive();
  }

 private:
  std::size_t wanted_;
  finish_line& finished_;
};

template <class Process>
double run_alone(node& home, std::size_t wanted) {
  finish_line finished;
  auto process = spawn_process<Process>(home, wanted, finished);
  return seconds_of([&] {
    vaquero::send(process, go{});
    finished.wait();
  });
}

} // namespace

double spawn_die(node& home, task_size size) {
  population all{size.operations, finish_line{}};
  auto parent = spawn_process<spawner>(home, all);
  return seconds_of([&] {
    vaquero::send(parent, go{});
    all.finished.wait();
  });
}

double idle(node& home, task_size size) {
  auto few = few_of(size.processes);
  auto more = size.processes - few;
  auto before = resident_after(home, few);
  return static_cast<double>(resident_after(home, more) - before) / static_cast<double>(more);
}

double fork_join(node& home, task_size size) { return run_alone<forker>(home, size.operations); }

double timers(node& home, task_size size) { return run_alone<alarm_clock>(home, size.operations); }

} // namespace vaquero::bench::in_vaquero
