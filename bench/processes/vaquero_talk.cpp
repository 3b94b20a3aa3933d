// Tasks about conversations: who meets whom is decided at run time, and each question has its answer.
#include "bench/processes/vaquero_tasks.hpp"
#include "runtime/call.hpp"
#include "runtime/spawn.hpp"

namespace vaquero::bench {

namespace {

/// A chameneo that came to the mall, or the one that it meets there.
struct meeting {
  pid who;
  int colour;
};

/// The mall is closed.
struct closed {};

class mall final : public scheduled_process {
 public:
  mall(caf::actor_config& config, vaquero::node& home, std::size_t meetings)
      : scheduled_process(config, home), left_(meetings) {}

 protected:
  void handle_message(caf::mailbox_element& mail) override {
    const auto& visitor = *get_if<meeting>(mail);
    if (left_ == 0) {
      send(visitor.who, closed{});
    } else if (!waiting_) {
      waiting_ = visitor.who;
    } else {
      --left_;
      send(std::exchange(waiting_, {}), visitor);
    }
  }

 private:
  std::size_t left_;
  pid waiting_;
};

class chameneo final : public scheduled_process {
 public:
  chameneo(caf::actor_config& config, vaquero::node& home, pid place, int colour,
           finish_line& finished)
      : scheduled_process(config, home), mall_(std::move(place)), colour_(colour),
        finished_(finished) {}

 protected:
  void handle_message(caf::mailbox_element& mail) override {
    if (auto* other = get_if<meeting>(mail)) {
      colour_ = blend(colour_, other->colour);
      send(other->who, colour_);
    } else if (auto* mutated = get_if<int>(mail)) {
      colour_ = *mutated;
    } else if (get_if<closed>(mail)) {
      return finished_.arrive();
    }
    send(mall_, meeting{self(), colour_});
  }

 private:
  pid mall_;
  int colour_;
  finish_line& finished_;
};

process_body server() {
  while (true)
    respond(co_await receive<int>() + 1);
}

process_body client(pid whom, std::size_t calls, finish_line* finished) {
  co_await receive<go>();
  for (std::size_t i = 0; i < calls; ++i)
    if (auto result = co_await vaquero::call<int>(whom, 1); !result)
      throw std::runtime_error("a call failed");
  finished->arrive();
}

} // namespace

namespace in_vaquero {

double chameneos(node& home, task_size size) {
  finish_line finished(size.processes);
  auto place = spawn_process<mall>(home, size.operations / messages_per_meeting);
  std::vector<pid> all;
  for (std::size_t i = 0; i < size.processes; ++i)
    all.push_back(spawn_process<chameneo>(home, place, static_cast<int>(i % colours), finished));
  return seconds_of([&] {
    for (const pid& each : all)
      send(each, go{});
    finished.wait();
  });
}

double call(node& home, task_size size) {
  finish_line finished;
  auto whom = spawn(home, server);
  auto caller = spawn(home, client, whom, size.operations, &finished);
  return seconds_of([&] {
    send(caller, go{});
    finished.wait();
  });
}

} // namespace in_vaquero

} // namespace vaquero::bench
