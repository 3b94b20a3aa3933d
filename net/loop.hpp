// A loop: one thread that carries sockets and the processes behind them. Its turn: wait; read the
// sockets that are ready and run what their frames lead to; run ready mailboxes; fire timers and
// deadlines; then write, once a socket. Asio runs underneath for what is not hot (posted work,
// the alarm). Everything not marked "any thread" belongs to the loop's own thread.
#pragma once

#include "net/deadline_wheel.hpp"
#include "net/memory_budget.hpp"
#include "net/outbox.hpp"
#include "net/readiness.hpp"
#include "runtime/detail/brief_lock.hpp"
#include "runtime/node.hpp"

#include <caf/execution_unit.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace vaquero {

class blocking_pool;
class client_log;
class deflate_pool;
class io_source;
class loop_process;
class loop_topics;
struct wake_source;

/// What loops share. All of it outlives them.
struct loop_services {
  node& home;
  blocking_pool& pool;
  std::string (*describe)(std::uintptr_t tag); // what the tags of enter_callback say, in words
  memory_budget& memory;
  client_log& clients;
};

class loop final : public caf::execution_unit, public watched_thread {
 public:
  explicit loop(const loop_services& services);
  ~loop() override;
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;

  // -- any thread ---------------------------------------------------------------------------------

  /// Starts the thread.
  void start();

  /// Asks everything on the loop to end; the thread ends when it has, or after this time.
  void ask_to_stop(std::chrono::milliseconds patience);

  /// Waits for the thread to end.
  void join();

  /// After `join`: sockets that were left when the time was over.
  std::size_t given_up() const noexcept { return given_up_; }

  /// After `join`, on the thread that called it: ends what could not end in time, because a callback
  /// of it was still on the pool. The pool must have ended.
  void finish_rest();

  /// Runs this on the loop's thread, soon. Dropped if the loop has ended.
  void post(std::function<void()> work);

  /// The same for whoever may outlive the loop.
  std::function<void(std::function<void()>)> poster() const;

  /// Has the process's `run_turn` called in the turn that comes.
  void schedule(loop_process& process);

  /// Ends its sleep: one write for a batch, for whoever comes before it is awake adds to it.
  void wake_up();

  /// CAF's own actors that a process here wakes up run on CAF's scheduler, not on the loop.
  void exec_later(caf::resumable* actor) override;

  const loop_services& services() const noexcept { return services_; }
  timer_driver& timers() noexcept { return timers_; }
  std::size_t source_count() const noexcept { return count_.load(std::memory_order_relaxed); }

  // -- sources --------------------------------------------------------------------------------------

  /// Takes the source into the loop. Throws std::system_error if the system refuses; nothing is
  /// changed then.
  void add(int fd, io_source& source, readiness what);

  /// Another source takes over the socket of one that leaves.
  void replace(int fd, io_source& old, io_source& source, readiness what);
  void change(int fd, io_source& source, readiness what) {
    ready_sockets_.change(fd, source, what);
  }

  /// Tells it of a socket that ends with its owner, and not with the loop: it is not among `sources`.
  /// Before the loop starts, or on its thread. Throws as `add`.
  void watch(int fd, io_source& owner) { ready_sockets_.add(fd, owner, readiness::readable); }

  /// Nothing is told of this socket any more; the source stays.
  void unwatch(int fd) { ready_sockets_.remove(fd); }

  /// The source leaves, and with it its socket, unless that is not watched any more (`fd` -1). The
  /// caller closes it.
  void remove(int fd, io_source& source);

  /// All sources, in no order.
  std::span<io_source* const> sources() const noexcept { return sources_; }

  boost::asio::io_context& io() noexcept;

  // -- what a turn shares ---------------------------------------------------------------------------

  /// One buffer for all that is received; valid until the next socket is read.
  std::span<std::byte> receive_buffer() noexcept { return {receive_buffer_.get(), receive_bytes}; }

  /// An empty text to write into; valid until the next call.
  std::string& scratch() noexcept {
    scratch_.clear();
    return scratch_;
  }

  /// An empty outbox for this source, which is written at the end of the turn.
  outbox& open_outbox(io_source& owner);

  /// Has `box.owner` called at the end of this turn, once.
  void flush_later(outbox& box);

  /// The source gives the outbox back, whatever is in it.
  void close_outbox(outbox& box);

  /// What compressed connections share; made when it is asked for.
  deflate_pool& deflating();

  /// What its connections are subscribed to.
  loop_topics& topics() noexcept { return *topics_; }

  /// What the loop's buffers hold. Who grows or frees one says so; outboxes do it themselves.
  memory_account& memory() noexcept { return memory_; }

  // -- time -----------------------------------------------------------------------------------------

  using tick = deadline_wheel::tick;
  static constexpr std::chrono::milliseconds tick_length{100};

  /// The present of this turn, taken before its sockets were read. Turns that take longer than a tick
  /// count as one.
  tick now() const noexcept { return now_; }

  /// A tick that does not come.
  static constexpr tick never = 0xFFFFFFFF;

  /// The first tick that is surely this long after something that happened during `from`.
  static tick later(tick from, std::chrono::milliseconds time) noexcept;
  void set_deadline(io_source& source, tick due) noexcept;

  // -- who is running -------------------------------------------------------------------------------

  /// What runs now, for the thread that watches for stalls: a tag whose low bits say which callback.
  void enter_callback(std::uintptr_t tag) noexcept {
    callbacks_begun_.store(callbacks_begun_.load(std::memory_order_relaxed) + 1,
                           std::memory_order_relaxed);
    running_.store(tag, std::memory_order_relaxed);
  }
  void leave_callback() noexcept { running_.store(0, std::memory_order_relaxed); }

  /// Any thread.
  activity watch() const noexcept override {
    return {running_.load(std::memory_order_relaxed),
            callbacks_begun_.load(std::memory_order_relaxed),
            turns_.load(std::memory_order_relaxed)};
  }
  std::string describe(std::uintptr_t tag) const override { return services_.describe(tag); }

 private:
  struct asio_part;

  // One recv takes at most this; what a fast sender has beyond it waits for the next turn.
  static constexpr std::size_t receive_bytes = 64 * 1024;
  static constexpr std::size_t spare_outboxes_max = 1024;

  void run();
  void turn();
  template <class Work>
  void do_work(const Work& work);
  void do_turn();
  bool has_seen_all(std::size_t ready) noexcept;
  void list_processes(std::vector<caf::actor>& found) const;
  void wait_for_work();
  void arm_readiness();
  void arm_alarm();
  void run_ready_processes();
  void fire_timers();
  void flush();
  void take_remote_work();
  bool stop_step();
  void stop_sources_now();
  void relieve_memory();
  void forget_spare_outboxes();

  loop_services services_;
  readiness_set ready_sockets_;
  deadline_wheel deadlines_;
  tick now_ = 0;
  timer_clock::time_point start_; // of the first tick; later by what was left out
  timer_clock::time_point turn_began_;
  std::unique_ptr<std::byte[]> receive_buffer_;
  std::string scratch_;
  std::vector<outbox*> to_flush_;
  outbox* spare_outboxes_ = nullptr; // a list of empty ones
  std::size_t spare_outbox_count_ = 0;
  std::unique_ptr<deflate_pool> deflating_;
  std::unique_ptr<loop_topics> topics_;
  std::vector<loop_process*> ready_;
  std::vector<loop_process*> ready_now_;
  std::vector<io_source*> sources_;
  mutable detail::brief_lock
      sources_lock_;                // taken by this thread to change them, by others to read them
  bool sockets_were_ready_ = false; // in the last turn
  unsigned busy_turns_ = 0;         // since Asio had its turn
  std::size_t full_polls_ = 0;      // in a row, that may have left out a source

  std::atomic<std::uintptr_t> running_ = 0;
  std::atomic<std::uint64_t> callbacks_begun_ = 0;
  std::atomic<std::uint64_t> turns_ = 0; // twice their number, and one more while one runs
  std::atomic<std::size_t> count_ = 0;

  std::mutex remote_mutex_;
  std::vector<loop_process*> ready_remotely_;
  std::atomic<bool> is_woken_ = false;

  struct gate;
  std::shared_ptr<gate> gate_;
  std::unique_ptr<asio_part> asio_;
  memory_account memory_;
  std::unique_ptr<wake_source> wake_source_;
  timer_driver& timers_;
  std::thread thread_;
  bool is_stopping_ = false;
  bool has_ended_ = false;
  std::size_t given_up_ = 0;
  timer_clock::time_point patience_ends_;
};

// Once a message each, so in line.

inline void loop::flush_later(outbox& box) {
  if (box.flush_place != outbox::not_listed) return;
  box.flush_place = static_cast<std::uint32_t>(to_flush_.size());
  to_flush_.push_back(&box);
}

inline outbox& loop::open_outbox(io_source& owner) {
  auto* box = spare_outboxes_;
  if (box) {
    spare_outboxes_ = box->next_spare;
    --spare_outbox_count_;
  } else {
    box = new outbox{memory_};
  }
  box->owner = &owner;
  flush_later(*box);
  return *box;
}

inline void loop::close_outbox(outbox& box) {
  if (box.flush_place != outbox::not_listed) to_flush_[box.flush_place] = nullptr;
  box.flush_place = outbox::not_listed;
  box.reset();
  if (spare_outbox_count_ == spare_outboxes_max) {
    delete &box;
    return;
  }
  box.next_spare = std::exchange(spare_outboxes_, &box);
  ++spare_outbox_count_;
}

} // namespace vaquero
