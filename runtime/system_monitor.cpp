#include "runtime/system_monitor.hpp"

#include "runtime/detail/log_if_throws.hpp"
#include "runtime/log.hpp"
#include "runtime/process_table.hpp"
#include "runtime/verbs.hpp"

#include <algorithm>
#include <stdexcept>

namespace vaquero {

namespace {

using std::chrono::milliseconds;

// Looks often enough to be right by a third of the threshold.
constexpr int looks_per_threshold = 3;

// A threshold may be any; a clock adds this to its time, and a thread does other things as well.
constexpr milliseconds pause_min{1};
constexpr milliseconds pause_max = std::chrono::hours{1};

// It goes to sleep when no thread has run anything for so many looks.
constexpr int quiet_looks_max = 10;

milliseconds pause_of(const system_monitor_options& options) {
  return std::clamp(std::min(options.long_callback, options.busy_loop) / looks_per_threshold,
                    pause_min, pause_max);
}

void check(const system_monitor_options& options) {
  if (options.long_callback <= milliseconds::zero() || options.busy_loop <= milliseconds::zero())
    throw std::invalid_argument{"long_callback and busy_loop must be longer than 0"};
  if (options.short_mailbox >= options.long_mailbox)
    throw std::invalid_argument{"short_mailbox must be less than long_mailbox"};
}

std::string ms(milliseconds time) { return std::to_string(time.count()) + " ms"; }

std::string text_of(const long_callback& seen) {
  return seen.where + " blocks its thread, for " + ms(seen.at_least) +
         " now; declare the handler blocking, or let it wait for a message instead";
}

std::string text_of(const long_mailbox& seen) {
  const auto who = "the mailbox of process " + std::to_string(seen.process.id());
  const auto length = std::to_string(seen.length) + " messages";
  return seen.is_over ? who + " is short again: " + length : who + " is long: " + length;
}

std::string text_of(const busy_loop& seen) {
  return "a loop runs callbacks for " + ms(seen.at_least) +
         " now while its sockets wait; it is in " + seen.where;
}

void report_to_log(const system_monitor::event& what) {
  log_warning(std::visit([](const auto& seen) { return text_of(seen); }, what));
}

} // namespace

/// A thread that runs processes which no loop runs: it says which one.
class system_monitor::process_thread final : public watched_thread {
 public:
  process_thread(const process_table& processes, std::shared_ptr<const node_mark> of)
      : processes_(processes), of_(std::move(of)) {}

  activity watch() const override {
    const auto id = running_.load(std::memory_order_relaxed);
    activity result{id, 0, 0};
    processes_.look_at(id, [&](const process& x) { result.progress = x.messages_handled(); });
    return result;
  }
  std::string describe(std::uintptr_t running) const override {
    std::string where = "a process that has ended";
    processes_.look_at(running, [&](const process& x) { where = x.current_callback(); });
    return where;
  }

  std::atomic<caf::actor_id>& running() noexcept { return running_; }
  const node_mark* of() const noexcept { return of_.get(); }

 private:
  const process_table& processes_;
  const std::shared_ptr<const node_mark> of_;
  std::atomic<caf::actor_id> running_ = 0;
};

struct system_monitor::watch_entry {
  const watched_thread* where;
  std::weak_ptr<process_thread> thread; // set where `where` is one: it leaves without a word
  bool is_process_thread = false;
  watched_thread::activity last{};
  timer_clock::time_point callback_since{};
  timer_clock::time_point turn_since{};
  milliseconds next_callback_report{};
  milliseconds next_turn_report{};
};

constinit thread_local system_monitor::thread_slot system_monitor::here_;

system_monitor::system_monitor(const process_table& processes)
    : processes_(processes), mark_(std::make_shared<const node_mark>()) {
  set_options({});
  thread_ = std::thread{[this] { run(); }};
}

system_monitor::~system_monitor() {
  {
    std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void system_monitor::set_options(const system_monitor_options& options) {
  check(options);
  std::lock_guard lock{mutex_};
  options_ = options;
  long_from_.store(options.long_mailbox, std::memory_order_relaxed);
  short_below_.store(options.short_mailbox, std::memory_order_relaxed);
}

system_monitor_options system_monitor::options() const {
  std::lock_guard lock{mutex_};
  return options_;
}

void system_monitor::report_to(const pid& process) {
  auto whom = caf::actor_cast<caf::weak_actor_ptr>(process);
  report_to([whom](const event& what) {
    auto target = whom.lock();
    if (!target || target->get()->getf(caf::abstract_actor::is_terminated_flag))
      report_to_log(what);
    else
      std::visit([&](const auto& seen) { send(caf::actor_cast<pid>(target), seen); }, what);
  });
}

void system_monitor::report_to(reporter report) {
  std::lock_guard lock{mutex_};
  report_.swap(report); // the old one is destroyed after the lock
}

// Whoever calls may be in the middle of sending or of publishing.
void system_monitor::report(event what) {
  {
    std::lock_guard lock{mutex_};
    if (noted_.size() < noted_max)
      noted_.push_back(std::move(what));
    else
      ++dropped_;
  }
  changed_.notify_one();
}

void system_monitor::tell(const std::vector<event>& found, std::size_t dropped) const {
  reporter whom;
  {
    std::lock_guard lock{mutex_};
    whom = report_;
  }
  for (const auto& each : found)
    detail::log_if_throws("the reporter of the system monitor",
                          [&] { whom ? whom(each) : report_to_log(each); });
  if (dropped != 0)
    log_warning("the system monitor has dropped " + std::to_string(dropped) +
                " reports: " + std::to_string(noted_max) + " waited to be told");
}

void system_monitor::add(const watched_thread& watched) {
  std::lock_guard lock{mutex_};
  seen_.push_back({&watched, {}});
}

void system_monitor::remove(const watched_thread& watched) {
  std::lock_guard lock{mutex_};
  std::erase_if(seen_, [&](const watch_entry& each) { return each.where == &watched; });
}

void system_monitor::join() {
  static thread_local std::shared_ptr<process_thread>
      thread; // one a thread: it runs for one node at a time
  thread = std::make_shared<process_thread>(processes_, mark_);
  here_ = {mark_.get(), &thread->running()};
  std::lock_guard lock{mutex_};
  seen_.push_back({thread.get(), thread, true});
}

void system_monitor::wake() noexcept {
  {
    std::lock_guard lock{mutex_};
    is_asleep_.store(false);
  }
  changed_.notify_one();
}

void system_monitor::run() {
  int quiet_looks = 0;
  auto is_wanted = [this] { return is_stopping_ || !noted_.empty(); };
  std::unique_lock lock{mutex_};
  while (!is_stopping_) {
    auto found = std::exchange(noted_, {});
    const auto dropped = std::exchange(dropped_, 0);
    quiet_looks = look(found) ? 0 : quiet_looks + 1;
    if (!found.empty()) {
      lock.unlock();
      tell(found, dropped);
      found.clear(); // its handles are not kept
      lock.lock();
    }
    const auto pause = pause_of(options_);
    if (quiet_looks < quiet_looks_max) {
      changed_.wait_for(lock, pause, is_wanted);
    } else {
      is_asleep_.store(true);
      // Who begins something at this moment may not see it yet. After a pause what he runs is seen.
      auto is_woken = [&] { return is_wanted() || !is_asleep_.load(); };
      if (!changed_.wait_for(lock, pause, is_woken) && !look(noted_)) changed_.wait(lock, is_woken);
      is_asleep_.store(false);
      quiet_looks = 0;
    }
  }
}

bool system_monitor::look(std::vector<event>& found) {
  std::erase_if(seen_, [](const watch_entry& each) {
    return each.is_process_thread && each.thread.expired();
  });
  bool any = false;
  for (auto& each : seen_) {
    auto alive = each.thread.lock(); // or it might end while it is looked at
    if (each.is_process_thread && !alive) continue;
    any |= look_at(each, found);
  }
  return any;
}

// With an overridden current_callback() a program has a word here.
std::string system_monitor::described(const watch_entry& watched, std::uintptr_t running) {
  std::string where = "a process that cannot be described";
  detail::log_if_throws("current_callback()", [&] { where = watched.where->describe(running); });
  return where;
}

bool system_monitor::look_at(watch_entry& watched, std::vector<event>& found) const {
  const auto now = timer_clock::now();
  const auto activity = watched.where->watch();
  const bool is_new = activity != watched.last;
  const bool is_new_turn = activity.turns != watched.last.turns || activity.turns % 2 == 0;
  watched.last = activity;
  if (is_new) {
    watched.callback_since = now;
    watched.next_callback_report = options_.long_callback;
  }
  if (is_new_turn) {
    watched.turn_since = now;
    watched.next_turn_report = options_.busy_loop;
  }
  if (activity.running == 0) return is_new;
  auto since = [now](auto when) { return std::chrono::duration_cast<milliseconds>(now - when); };
  if (auto time = since(watched.callback_since); time >= watched.next_callback_report) {
    watched.next_callback_report = time * 2;
    found.push_back(long_callback{described(watched, activity.running), time});
  }
  if (auto time = since(watched.turn_since); time >= watched.next_turn_report) {
    watched.next_turn_report = time * 2;
    // Where it is one callback, that has been told.
    if (is_new) found.push_back(busy_loop{described(watched, activity.running), time});
  }
  return true;
}

} // namespace vaquero
