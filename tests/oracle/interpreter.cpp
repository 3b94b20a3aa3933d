// Runs scenarios on our runtime and prints what each process saw, as erlang/oracle.erl does on Erlang: the
// same program, the same rules, the same output. tests/oracle/run compares the two.
#include "runtime/scheduler.hpp"
#include "tests/oracle/scenario_body.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

namespace {

using namespace vaquero;
using namespace vaquero::oracle;

constexpr auto patience = std::chrono::seconds{20};

const std::set<std::string> timers = {"start_timer", "start_timer_at", "send_after",
                                      "send_after_at"};

struct waited {};

[[noreturn]] void stuck(const std::string& process) {
  std::cout << "stuck: " << process << std::endl;
  std::_Exit(1);
}

/// Runs the commands of one scenario one at a time: the next one starts when all that the last one
/// caused is over.
class driver {
 public:
  explicit driver(vaquero::node& home) : home_(home), self_(home.system()) {}

  void step(int line, const std::string& process, const std::vector<std::string>& what) {
    play_.at(line);
    if (process == "." && what[0] == "spawn")
      play_.name(what[1], [&] { return spawn_process<scenario_process>(home_, play_, what[1]); });
    else if (process == "." && what[0] == "body")
      play_.name(what[1], [&] { return spawn_body(home_, play_, what[1]); });
    else if (process == ".")
      wait(std::chrono::milliseconds{std::stoi(what[1])});
    else if (play_.has_ended(process))
      play_.note(process, "-> gone");
    else
      tell(process, what);
    settle();
  }

  void print() const {
    for (const auto& [line, process, what] : play_.events())
      std::cout << line << ' ' << process << ' ' << what << '\n';
  }

  void finish() {
    for (const auto& name : play_.processes())
      exit(play_.process(name), exit_reason::kill());
    settle();
    for (const auto& name : play_.processes())
      if (!gone_.contains(name)) stuck(name);
  }

 private:
  // Timers fire in the order of their times: when this one has, so have those before it. But none of them
  // may have before the wait began: then all this took too long, and is done again.
  void wait(std::chrono::milliseconds time) {
    if (due_ <= timer_clock::now()) std::cout << "late\n";
    due_ = timer_clock::time_point::max();
    auto me = caf::actor_cast<pid>(self_);
    vaquero::send_after(home_, timer_clock::now() + time, me, waited{});
    self_->receive([](waited) {});
  }

  void tell(const std::string& name, const std::vector<std::string>& what) {
    if (timers.contains(what[0]) && what[1] != "0")
      due_ = std::min(due_, timer_clock::now() + std::chrono::milliseconds{std::stoi(what[1])});
    if (auto held = held_.find(name); held != held_.end()) {
      held->second->call({what});
      return;
    }
    auto process = play_.process(name);
    // Refused where the command ends the process, which then still has to tell others.
    self_->request(process, patience, command{what})
        .receive([] {}, [&](const caf::error& why) { expect_refusal(name, why); });
    if (what[0] == "hold")
      held_[name] = static_cast<scenario_process*>(process::from(process))->line();
  }

  // A message through every process, until twice in a row nothing has happened: what the command caused
  // was sent before the process that caused it could answer, or was found to have ended.
  void settle() {
    for (int quiet = 0; quiet < 2;) {
      const auto before = play_.event_count();
      for (const auto& name : play_.processes())
        if (!gone_.contains(name)) let_pass(name);
      quiet = play_.event_count() == before ? quiet + 1 : 0;
    }
  }

  void let_pass(const std::string& name) {
    if (auto held = held_.find(name); held != held_.end()) {
      held->second->call({{"pass"}});
      if (!held->second->is_closed()) return;
      held_.erase(held);
    }
    self_->request(play_.process(name), patience, pass{})
        .receive([] {},
                 [&](const caf::error& why) {
                   // Refused when all links and monitors were told of the end.
                   expect_refusal(name, why);
                   gone_.insert(name);
                 });
  }

  static void expect_refusal(const std::string& name, const caf::error& why) {
    if (why != caf::sec::request_receiver_down) stuck(name);
  }

  vaquero::node& home_;
  caf::scoped_actor self_;
  scenario play_;
  std::map<std::string, std::shared_ptr<held_line>> held_;
  std::set<std::string> gone_;
  timer_clock::time_point due_ = timer_clock::time_point::max(); // of the first timer to wait for
};

void run(vaquero::node& home, std::istream& program) {
  std::optional<driver> play;
  for (std::string line; std::getline(program, line);) {
    if (line.starts_with("scenario ")) {
      std::cout << line << '\n';
      play.emplace(home);
    } else if (line == "end") {
      play->print();
      play->finish();
      play.reset();
      std::cout << "end" << std::endl;
    } else {
      std::istringstream words{line};
      int number = 0;
      std::string process;
      words >> number >> process;
      using word = std::istream_iterator<std::string>;
      play->step(number, process, {word{words}, word{}});
    }
  }
}

} // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: oracle_interpreter PROGRAM\n";
    return 2;
  }
  std::ifstream program{arguments[1]};
  caf::actor_system_config config;
  // A process that is held keeps its worker.
  vaquero::use_vaquero_scheduler(config, {.workers = 8});
  caf::actor_system system{config};
  vaquero::node home{system};
  run(home, program);
}
