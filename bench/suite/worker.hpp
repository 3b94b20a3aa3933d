// A thread that drives connections: one epoll loop, which sleeps while there is nothing to do. What is not
// marked otherwise belongs to that thread; others reach it through call().
#pragma once

#include "bench/suite/workload.hpp"
#include "bench/support/unique_fd.hpp"

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <sys/epoll.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace vaquero::bench {

class worker {
 public:
  /// `number` of the run's workers: their connections come from different addresses.
  worker(const connection_options& options, std::unique_ptr<workload> load, unsigned number);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  /// Drops all connections.
  ~worker();

  /// Any thread: runs `action(worker)` within this one's thread, and returns what that returns.
  template <class Action>
  auto call(Action&& action) {
    using result = std::invoke_result_t<Action&, worker&>;
    auto task = std::make_shared<std::packaged_task<result()>>([&] { return action(*this); });
    auto answer = task->get_future();
    post([task] { (*task)(); });
    return answer.get();
  }

  /// Any thread: why it does nothing any more; empty while it does.
  std::string failure() const;

  /// Opens connections until there are so many, a few at a time.
  void open(std::size_t connections);
  /// One more, unopened: for loads that begin connections themselves.
  client_connection& add();
  /// Begins to connect it; it was added just now, or has ended. Not from received().
  void begin(client_connection& connection);
  /// Begins to close it: ended() follows.
  void close(client_connection& connection);
  /// Begins to close all that are open.
  void close_all();

  workload& load() { return *load_; }
  const connection_options& options() const { return options_; }
  std::deque<client_connection>& connections() { return connections_; }
  /// Connections whose handshake is done, and that the server has not ended.
  std::size_t open_count() const { return open_; }
  /// When the present event was seen.
  load_clock::time_point now() const { return now_; }
  /// Its id for the kernel, as in /proc/self/task.
  static pid_t thread_id() { return gettid(); }
  /// The last time that a server's bytes came.
  load_clock::time_point last_heard() const { return last_heard_; }

  /// Sends bytes, and sees to it that what is left follows.
  void send(client_connection& to, std::string_view bytes);

 private:
  void post(std::function<void()> action);
  void run();
  void turn();
  void run_posted();
  void wait();
  void handle(client_connection& connection, std::uint32_t events);
  void read(client_connection& connection);
  void read_messages(client_connection& connection, std::string_view bytes);
  void take(client_connection& connection, const incoming& message);
  void end(client_connection& connection, const std::string& reason);
  void open_more();
  void control(int operation, client_connection& connection, std::uint32_t events);
  void follow_unsent(client_connection& connection);
  void fail(const std::string& why);

  connection_options options_;
  std::unique_ptr<workload> load_;
  std::uint32_t next_source_;
  unique_fd epoll_;
  std::deque<client_connection> connections_;
  std::size_t wanted_ = 0;
  std::size_t opening_ = 0;
  std::size_t open_ = 0;
  load_clock::time_point now_ = load_clock::now();
  load_clock::time_point last_heard_ = now_;
  load_clock::time_point next_tick_ = workload::never;
  std::array<epoll_event, 512> events_;
  int ready_ = 0;
  std::vector<char> input_;

  mutable std::mutex mutex_; // guards the two below
  std::vector<std::function<void()>> posted_;
  std::string failure_;
  std::atomic<bool> has_posted_ = false;
  std::atomic<bool> is_ended_ = false;
  std::thread thread_; // the last: it uses all of the above
};

} // namespace vaquero::bench
