#include "net/loop.hpp"

#include "net/client_log.hpp"
#include "net/detail/recycled.hpp"
#include "net/io_source.hpp"
#include "net/loop_process.hpp"
#include "net/loop_topics.hpp"
#include "net/wake_source.hpp"
#include "net/websocket/deflate_pool.hpp"
#include "runtime/log.hpp"
#include "runtime/verbs.hpp"

#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <unistd.h>

namespace vaquero {

namespace asio = boost::asio;

namespace {

// The loop whose thread this is.
constinit thread_local loop* this_loop = nullptr;

// What Asio calls after a wait. A loop that sleeps between any two messages waits as often.
template <class Handler>
auto after_wait(Handler handler) {
  return asio::bind_allocator(detail::recycling_allocator<std::byte>{}, std::move(handler));
}

} // namespace

// One thread runs it, so Asio needs no locks but for posting.
struct loop::asio_part {
  explicit asio_part(int readiness_descriptor) : sockets(context, readiness_descriptor) {}
  ~asio_part() { sockets.release(); } // the readiness set closes its own descriptor

  asio::io_context context{1};
  // A context without work stops for good, and between two waits there may be none.
  asio::executor_work_guard<asio::io_context::executor_type> has_work{context.get_executor()};
  asio::posix::stream_descriptor sockets;
  asio::steady_timer alarm{context};
  timer_clock::time_point alarm_at = timer_clock::time_point::max();
  bool is_armed = false; // a wait for the readiness set is under way
};

// What a poster holds: it outlives the loop, and knows when that has gone.
struct loop::gate {
  std::mutex mutex;
  loop* home = nullptr;
};

loop::loop(const loop_services& services)
    : caf::execution_unit(&services.home.system()), services_(services), start_(timer_clock::now()),
      turn_began_(start_),
      receive_buffer_(std::make_unique_for_overwrite<std::byte[]>(receive_bytes)),
      topics_(std::make_unique<loop_topics>(*this)), gate_(std::make_shared<gate>()),
      asio_(std::make_unique<asio_part>(ready_sockets_.descriptor())),
      memory_(services.memory, [this] { post([this] { relieve_memory(); }); }),
      wake_source_(std::make_unique<wake_source>()),
      timers_(services.home.timers().add_driver([this] { wake_up(); })) {
  gate_->home = this;
  ready_sockets_.add(wake_source_->fd, *wake_source_, readiness::readable);
  services_.home.system_monitor().add(*this);
  services_.home.processes().add_lister(this, [this](auto& found) { list_processes(found); });
}

loop::~loop() {
  services_.home.processes().remove_lister(this);
  services_.home.system_monitor().remove(*this);
  if (thread_.joinable()) {
    ask_to_stop(std::chrono::milliseconds{0});
    join();
  }
  {
    std::lock_guard lock{gate_->mutex};
    gate_->home = nullptr;
  }
  forget_spare_outboxes();
}

asio::io_context& loop::io() noexcept { return asio_->context; }

// -- any thread ---------------------------------------------------------------------------------------

void loop::start() {
  thread_ = std::thread{[this] { run(); }};
}

void loop::ask_to_stop(std::chrono::milliseconds patience) {
  post([this, patience] {
    is_stopping_ = true;
    patience_ends_ = detail::after_now(detail::time_span{patience});
    auto all = sources_; // they leave while we walk
    for (auto* source : all)
      source->on_stop(false);
  });
}

void loop::join() {
  if (thread_.joinable()) thread_.join();
}

void loop::post(std::function<void()> work) {
  asio::post(asio_->context, [this, work = std::move(work)] { do_work(work); });
}

std::function<void(std::function<void()>)> loop::poster() const {
  return [gate = gate_](std::function<void()> work) {
    std::lock_guard lock{gate->mutex};
    if (gate->home) gate->home->post(std::move(work));
  };
}

void loop::exec_later(caf::resumable* actor) { system().scheduler().enqueue(actor); }

void loop::schedule(loop_process& process) {
  intrusive_ptr_add_ref(process.ctrl());
  if (this_loop == this) {
    ready_.push_back(&process);
    return;
  }
  {
    std::lock_guard lock{remote_mutex_};
    ready_remotely_.push_back(&process);
  }
  wake_up();
}

void loop::wake_up() {
  if (this_loop == this || is_woken_.exchange(true)) return;
  std::uint64_t one = 1;
  [[maybe_unused]] auto bytes = write(wake_source_->fd, &one, sizeof one);
}

void loop::take_remote_work() {
  if (!is_woken_.load(std::memory_order_acquire)) return;
  is_woken_.store(false);
  std::lock_guard lock{remote_mutex_};
  ready_.insert(ready_.end(), ready_remotely_.begin(), ready_remotely_.end());
  ready_remotely_.clear();
}

// -- the turn -----------------------------------------------------------------------------------------

void loop::run() {
  this_loop = this;
  while (!has_ended_) {
    wait_for_work();
    turn();
    if (is_stopping_) has_ended_ = stop_step();
  }
  this_loop = nullptr;
}

// While sockets are ready turn after turn, asking them again is cheaper than a sleep that ends at once:
// Asio then has its turn now and then only.
void loop::wait_for_work() {
  constexpr unsigned busy_turns_max = 16;
  const bool is_busy = sockets_were_ready_ || !ready_.empty() || topics_->is_behind();
  if (is_busy && ++busy_turns_ < busy_turns_max) return;
  busy_turns_ = 0;
  if (is_busy) {
    asio_->context.poll();
    return;
  }
  arm_readiness();
  arm_alarm();
  asio_->context.run_one(); // what else is ready there has the next turns
}

// Armed before a sleep, and not again by its own handler: until the turn has read the sockets the set
// stays ready, and Asio would call without end.
void loop::arm_readiness() {
  if (std::exchange(asio_->is_armed, true)) return;
  asio_->sockets.async_wait(
      asio::posix::stream_descriptor::wait_read,
      after_wait([this](const boost::system::error_code&) { asio_->is_armed = false; }));
}

void loop::turn() {
  auto count_turn = [this] {
    turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  };
  services_.home.system_monitor().is_busy();
  count_turn();
  do_work([this] { do_turn(); });
  count_turn();
}

// Whatever runs here knows the time. While it does nobody is heard, so what it takes beyond a tick is
// nobody's silence: the clock of the deadlines leaves it out.
template <class Work>
void loop::do_work(const Work& work) {
  turn_began_ = timer_clock::now();
  now_ = static_cast<tick>((turn_began_ - start_) / tick_length);
  work();
  const auto took = timer_clock::now() - turn_began_;
  if (took > tick_length) start_ += took - tick_length;
}

void loop::do_turn() {
  const auto ready = ready_sockets_.poll();
  sockets_were_ready_ = !ready.empty();
  for (const auto& event : ready)
    event.source->on_ready(event.what);
  take_remote_work();
  run_ready_processes();
  fire_timers();
  if (has_seen_all(ready.size()))
    deadlines_.advance(now_,
                       [](deadline_hook& hook) { static_cast<io_source&>(hook).on_deadline(); });
  topics_->catch_up();
  flush();
}

// A deadline may come only to a source whose socket has been read: after a stall, what the peers sent
// meanwhile lies there and counts. The set tells of all that are ready in turn, however many there are.
bool loop::has_seen_all(std::size_t ready) noexcept {
  constexpr std::size_t batch = readiness_set::events_max;
  full_polls_ = ready == batch ? full_polls_ + 1 : 0;
  if (full_polls_ != 0 && full_polls_ * batch <= sources_.size()) return false;
  full_polls_ = 0;
  return true;
}

void loop::run_ready_processes() {
  ready_now_.swap(ready_);
  for (auto* process : ready_now_) {
    if (process->is_alive()) process->run_turn();
    intrusive_ptr_release(process->ctrl());
  }
  ready_now_.clear();
}

void loop::fire_timers() {
  auto next = timers_.next_deadline();
  if (!next || *next > turn_began_) return;
  timers_.fire(turn_began_,
               [this](timer_event&& event) { services_.home.timers().pass_on(std::move(event)); });
}

void loop::flush() {
  // By index: who writes may put others into the list.
  for (std::size_t i = 0; i < to_flush_.size(); ++i) {
    auto* box = to_flush_[i];
    if (!box) continue;
    box->flush_place = outbox::not_listed;
    box->owner->on_flush();
  }
  to_flush_.clear();
}

void loop::arm_alarm() {
  auto at = timers_.next_deadline().value_or(timer_clock::time_point::max());
  if (auto next = deadlines_.next()) at = std::min(at, start_ + *next * tick_length);
  if (is_stopping_) at = std::min(at, patience_ends_);
  if (at >= asio_->alarm_at) return; // an earlier alarm is set: it will set this one
  asio_->alarm_at = at;
  asio_->alarm.expires_at(at);
  asio_->alarm.async_wait(after_wait([this](const boost::system::error_code& error) {
    if (!error) asio_->alarm_at = timer_clock::time_point::max();
  }));
}

bool loop::stop_step() {
  if (sources_.empty()) return true;
  if (timer_clock::now() < patience_ends_) return false;
  given_up_ = sources_.size();
  stop_sources_now();
  return true;
}

void loop::stop_sources_now() {
  // Twice: what ends leaves its socket, and its last frame, to a lingering_close.
  for (int pass = 0; pass < 2; ++pass) {
    auto all = sources_;
    for (auto* source : all)
      source->on_stop(true);
    flush();
  }
}

void loop::finish_rest() {
  this_loop = this;
  // What a callback left behind, the end of its process, the last callback, and the socket's end.
  for (int step = 0; step < 4; ++step) {
    take_remote_work();
    asio_->context.restart();
    asio_->context.poll();
    run_ready_processes();
    flush();
    stop_sources_now();
  }
  this_loop = nullptr;
}

// -- sources ------------------------------------------------------------------------------------------

void loop::add(int fd, io_source& source, readiness what) {
  ready_sockets_.add(fd, source, what);
  std::lock_guard lock{sources_lock_};
  source.place_ = static_cast<std::uint32_t>(sources_.size());
  sources_.push_back(&source);
  count_.store(sources_.size(), std::memory_order_relaxed);
}

void loop::replace(int fd, io_source& old, io_source& source, readiness what) {
  ready_sockets_.change(fd, source, what);
  std::lock_guard lock{sources_lock_};
  source.place_ = old.place_;
  sources_[source.place_] = &source;
}

void loop::remove(int fd, io_source& source) {
  if (fd >= 0) ready_sockets_.remove(fd);
  std::lock_guard lock{sources_lock_};
  sources_[source.place_] = sources_.back();
  sources_[source.place_]->place_ = source.place_;
  sources_.pop_back();
  count_.store(sources_.size(), std::memory_order_relaxed);
}

// A source leaves before it is destroyed, and a process with its socket before it ends.
void loop::list_processes(std::vector<caf::actor>& found) const {
  std::lock_guard lock{sources_lock_};
  for (auto* source : sources_)
    if (auto* each = dynamic_cast<loop_process*>(source); each && each->is_alive())
      found.push_back(each->self());
}

// -- time ---------------------------------------------------------------------------------------------

loop::tick loop::later(tick from, std::chrono::milliseconds time) noexcept {
  const auto ticks = time / tick_length;
  if (ticks >= never - from - 2) return never;
  const bool is_whole = time % tick_length == std::chrono::milliseconds{0};
  // One more: `from` may have been nearly over.
  return from + static_cast<tick>(ticks) + (is_whole ? 1 : 2);
}

void loop::set_deadline(io_source& source, tick due) noexcept { deadlines_.set(source, due); }

} // namespace vaquero
