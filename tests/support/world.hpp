// A node with processes that do what a test tells them and note what they get; see `probe`.
#pragma once

#include "runtime/scheduled_process.hpp"
#include "runtime/scheduler.hpp"
#include "tests/support/event_list.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <functional>
#include <future>
#include <map>

namespace vaquero::test {

/// A function to be called inside the process that gets it.
struct task {
  std::function<void()> run;
};

/// A request that no process answers, because it comes too late.
struct nobody_answers {};

/// A `task` for a plain CAF actor, which has no verbs.
struct plain_task {
  std::function<void(caf::event_based_actor*)> run;
};

} // namespace vaquero::test

template <>
inline constexpr bool vaquero::local_only<vaquero::test::task> = true;
template <>
inline constexpr bool vaquero::local_only<vaquero::test::plain_task> = true;

namespace vaquero::test {

/// Counts what is alive, and lets a test wait until nothing is.
class census {
 public:
  ~census() { CHECK(alive_ == 0); }
  void add(int change) {
    std::lock_guard lock{mutex_};
    alive_ += change;
    changed_.notify_all();
  }
  bool wait_for(int count) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, [&] { return alive_ == count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int alive_ = 0;
};

/// Calls a `task`, notes any other message as "label: what".
class probe : public scheduled_process {
 public:
  using handler = std::function<void(caf::mailbox_element&)>;

  probe(caf::actor_config& config, vaquero::node& home, census& living, event_list& noted,
        std::string label, handler handle)
      : scheduled_process(config, home), living_(living), noted_(noted), label_(std::move(label)),
        handle_(std::move(handle)) {
    living_.add(1);
  }
  ~probe() override { living_.add(-1); }

  std::function<void(const exit_reason&)> at_exit;

 protected:
  // Not by a tail call, after which it would stand in no stack that a test looks for it in.
#if defined(__GNUC__) && !defined(__clang__)
  [[gnu::optimize("no-optimize-sibling-calls")]]
#endif
  void
  handle_message(caf::mailbox_element& mail) override {
    const auto& content = mail.content();
    if (content.match_elements<task>())
      content.get_as<task>(0).run();
    else if (handle_)
      handle_(mail);
    else
      noted_.note(label_ + ": " + described(content));
  }
  void before_exit(const exit_reason& reason) override {
    if (at_exit) at_exit(reason);
  }

 private:
  static std::string described(const caf::type_erased_tuple& content) {
    if (content.match_elements<down>()) return "down " + to_string(content.get_as<down>(0).reason);
    if (content.match_elements<exit_signal>())
      return "EXIT " + to_string(content.get_as<exit_signal>(0).reason);
    if (content.match_elements<timeout<int>>())
      return "timeout " + std::to_string(content.get_as<timeout<int>>(0).message);
    if (content.match_elements<int>()) return std::to_string(content.get_as<int>(0));
    return content.stringify();
  }

  census& living_;
  event_list& noted_;
  std::string label_;
  handler handle_;
};

/// Keeps a process inside a callback until it is released.
class hold {
 public:
  explicit hold(const pid& process) {
    send(process, task{[entered = entered_, open = open_.get_future().share()] {
           entered->set_value();
           open.wait();
         }});
    REQUIRE(entered_->get_future().wait_for(patience) == std::future_status::ready);
  }
  ~hold() { release(); }

  void release() {
    if (!std::exchange(is_open_, true)) open_.set_value();
  }

 private:
  std::shared_ptr<std::promise<void>> entered_ = std::make_shared<std::promise<void>>();
  std::promise<void> open_;
  bool is_open_ = false;
};

class world {
 public:
  explicit world(caf::actor_system_config& own, const scheduler_options& options = {})
      : config(own), system(scheduled(own, options)) {}
  explicit world(const scheduler_options& options = {}) : world(own_config_, options) {}

  /// Ends its processes; the census then finds those that are not freed with their system.
  ~world() {
    for (auto& each : spawned_) {
      exit(each, exit_reason::kill());
      expect_dead(each);
    }
  }

  pid spawn(std::string label, probe::handler handle = {}) {
    return spawned_.emplace_back(
        spawn_process<probe>(home, living, noted, std::move(label), std::move(handle)));
  }

  /// A process that a test started in another way ends with the others.
  pid track(pid process) { return spawned_.emplace_back(std::move(process)); }

  /// A CAF actor that knows nothing of us, and notes what it gets in the same words.
  caf::actor spawn_plain(std::string label) {
    auto note = [this, label](std::string what) { noted.note(label + ": " + what); };
    return spawned_.emplace_back(
        system.spawn([note](caf::event_based_actor* self) -> caf::behavior {
          self->set_down_handler(
              [note](caf::down_msg& x) { note("down_msg " + to_string(exit_reason{x.reason})); });
          self->set_exit_handler(
              [note](caf::exit_msg& x) { note("exit_msg " + to_string(exit_reason{x.reason})); });
          return {[self](const plain_task& todo) { todo.run(self); },
                  [note](int x) { note(std::to_string(x)); }};
        }));
  }

  /// Lets the process do this, and waits until it has.
  template <class Function>
  auto in(const pid& process, Function&& function) {
    return done<Function>([&](auto todo) { send(process, task{[todo] { (*todo)(); }}); },
                          [&] { return function(); });
  }
  template <class Function>
  auto in_plain(const caf::actor& actor, Function&& function) {
    caf::event_based_actor* self = nullptr;
    return done<Function>(
        [&](auto todo) {
          caf::anon_send(actor, plain_task{[todo, &self](caf::event_based_actor* x) {
                           self = x;
                           (*todo)();
                         }});
        },
        [&] { return function(self); });
  }

  /// Lets the process do this some time; it may end by it.
  static void tell(const pid& process, std::function<void()> what) {
    send(process, task{std::move(what)});
  }

  /// Ends the process, and waits until all its links and monitors have heard of it.
  void end(const pid& process, const exit_reason& reason) {
    tell(process, [reason] { process_verbs::exit(reason); });
    expect_dead(process);
  }

 private:
  /// A request waits behind what ends the actor, and is refused after its links and monitors were told.
  void expect_dead(const caf::actor& actor) {
    caf::scoped_actor self{system};
    self->request(actor, patience, nobody_answers{})
        .receive([] { CHECK(!"it still answers"); },
                 [](const caf::error& why) { CHECK(why == caf::sec::request_receiver_down); });
  }

  template <class Function, class Start, class Call>
  static auto done(Start&& start, Call&& call) {
    using result = decltype(call());
    auto todo = std::make_shared<std::packaged_task<result()>>(call);
    auto outcome = todo->get_future();
    start(todo);
    REQUIRE(outcome.wait_for(patience) == std::future_status::ready);
    return outcome.get();
  }

  static caf::actor_system_config& scheduled(caf::actor_system_config& config,
                                             const scheduler_options& options) {
    use_vaquero_scheduler(config, options);
    return config;
  }

  caf::actor_system_config own_config_;

 public:
  event_list noted;
  census living; // checked after the system is gone
  caf::actor_system_config& config;
  caf::actor_system system;
  vaquero::node home{system};

 private:
  std::vector<caf::actor> spawned_;
};

} // namespace vaquero::test
