#include "bench/suite/worker.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vaquero::bench {

namespace {

/// Handshakes at a time: fewer than any backlog holds, for a dropped SYN costs a second.
constexpr std::size_t opening_max = 64;
/// How long it may sleep while another thread wants something of it.
constexpr std::chrono::milliseconds longest_sleep{5};
constexpr std::size_t input_size = 256 * 1024;
/// Connections are bound to 200 addresses in turn; the workers begin at different ones.
constexpr std::uint32_t sources_of_a_worker = 50;

std::string close_text(std::string_view payload) {
  if (payload.size() < 2) return "the server closed a connection without a code";
  const auto code =
      static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
  std::string text = "the server closed a connection with " + std::to_string(code);
  if (payload.size() > 2) text += " \"" + std::string(payload.substr(2)) + '"';
  return text;
}

} // namespace

worker::worker(const connection_options& options, std::unique_ptr<workload> load, unsigned number)
    : options_(options), load_(std::move(load)), next_source_(number * sources_of_a_worker),
      epoll_(epoll_create1(EPOLL_CLOEXEC)), input_(input_size) {
  if (epoll_.get() < 0) throw std::runtime_error(std::string("epoll_create1: ") + strerror(errno));
  thread_ = std::thread([this] { run(); });
}

worker::~worker() {
  is_ended_ = true;
  thread_.join();
}

void worker::post(std::function<void()> action) {
  std::lock_guard lock(mutex_);
  posted_.push_back(std::move(action));
  has_posted_ = true;
}

std::string worker::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

void worker::fail(const std::string& why) {
  for (client_connection& each : connections_)
    each.drop();
  wanted_ = open_ = opening_ = 0;
  next_tick_ = workload::never;
  ready_ = 0;
  std::lock_guard lock(mutex_);
  if (failure_.empty()) failure_ = why;
}

void worker::run() {
  // By default the kernel lets a sleeper lie 50 us longer than it asked for.
  prctl(PR_SET_TIMERSLACK, 1000);
  while (!is_ended_) {
    try {
      turn();
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }
}

void worker::turn() {
  wait();
  for (int i = 0; i < ready_; ++i)
    handle(connections_[events_[static_cast<std::size_t>(i)].data.u32],
           events_[static_cast<std::size_t>(i)].events);
  if (has_posted_) run_posted();
  if (opening_ < opening_max) open_more();
  if (next_tick_ == workload::never) return;
  now_ = load_clock::now();
  if (now_ >= next_tick_) next_tick_ = load_->tick(*this);
}

void worker::run_posted() {
  std::vector<std::function<void()>> actions;
  {
    std::lock_guard lock(mutex_);
    actions.swap(posted_);
    has_posted_ = false;
  }
  now_ = load_clock::now();
  for (const auto& each : actions)
    each();
  if (failure().empty()) next_tick_ = load_->tick(*this);
}

void worker::wait() {
  using std::chrono::nanoseconds;
  nanoseconds pause = longest_sleep;
  if (next_tick_ != workload::never)
    pause = std::clamp<nanoseconds>(next_tick_ - load_clock::now(), nanoseconds(0), pause);
  const timespec timeout{0, static_cast<long>(pause.count())};
  const int most = static_cast<int>(events_.size());
  ready_ = epoll_pwait2(epoll_.get(), events_.data(), most, &timeout, nullptr);
  if (ready_ < 0 && errno == ENOSYS) { // before Linux 5.11, and under valgrind: late by up to 1 ms
    const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(pause);
    ready_ = epoll_wait(epoll_.get(), events_.data(), most, static_cast<int>(rounded.count()));
  }
  if (ready_ >= 0) return;
  if (errno != EINTR) throw std::runtime_error(std::string("epoll_wait: ") + strerror(errno));
  ready_ = 0;
}

void worker::handle(client_connection& connection, std::uint32_t events) {
  if (connection.at() == client_connection::stage::unused) return; // dropped in this turn
  if (connection.at() == client_connection::stage::connecting) {
    connection.request_upgrade(options_);
    control(EPOLL_CTL_MOD, connection, EPOLLIN);
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    connection.flush();
    follow_unsent(connection);
  }
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read(connection);
}

void worker::read(client_connection& connection) {
  const ssize_t got = recv(connection.fd(), input_.data(), input_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  now_ = last_heard_ = load_clock::now();
  if (got < 0) return end(connection, std::string("a connection failed: ") + strerror(errno));
  if (got == 0) return end(connection, "the server closed a connection without a close frame");
  const std::string_view bytes(input_.data(), static_cast<std::size_t>(got));
  if (connection.at() != client_connection::stage::upgrading)
    return read_messages(connection, bytes);
  const auto rest = connection.take_upgrade(bytes, options_);
  if (!rest) return;
  --opening_;
  ++open_;
  load_->opened(*this, connection);
  if (!rest->empty()) read_messages(connection, *rest);
}

void worker::read_messages(client_connection& connection, std::string_view bytes) {
  bool is_closed = false;
  std::string close_payload;
  connection.reader.read(bytes, [&](const incoming& message) {
    if (message.type == frame_type::close) {
      is_closed = true;
      close_payload = message.payload;
    } else if (!is_closed) {
      take(connection, message);
    }
  });
  if (is_closed) {
    const bool is_answer = connection.at() == client_connection::stage::closing;
    if (!is_answer) end(connection, close_text(close_payload));
    return;
  }
  if (connection.at() == client_connection::stage::open) load_->caught_up(*this, connection);
}

void worker::take(client_connection& connection, const incoming& message) {
  if (message.type == frame_type::ping) {
    std::string pong;
    append_masked(pong, frame_type::pong, message.payload, 0x5A5A5A5A);
    send(connection, pong);
  } else if (message.type != frame_type::pong &&
             connection.at() == client_connection::stage::open) {
    load_->received(*this, connection, message);
  }
}

/// An end that we asked for is nobody's failure.
void worker::end(client_connection& connection, const std::string& reason) {
  if (connection.at() == client_connection::stage::upgrading)
    throw protocol_failure("the server closed instead of answering the upgrade");
  const bool is_asked_for = connection.at() == client_connection::stage::closing;
  --open_;
  connection.drop();
  load_->ended(*this, connection, is_asked_for ? std::string() : reason);
}

void worker::open(std::size_t connections) { wanted_ = connections; }

void worker::open_more() {
  while (connections_.size() < wanted_ && opening_ < opening_max)
    begin(add());
}

client_connection& worker::add() {
  auto& added = connections_.emplace_back();
  added.index = static_cast<std::uint32_t>(connections_.size() - 1);
  return added;
}

void worker::begin(client_connection& connection) {
  ++opening_;
  connection.connect(options_, next_source_++);
  control(EPOLL_CTL_ADD, connection, EPOLLOUT);
}

void worker::close(client_connection& connection) {
  connection.begin_close();
  if (connection.at() == client_connection::stage::closing) follow_unsent(connection);
}

void worker::close_all() {
  wanted_ = 0;
  for (client_connection& each : connections_)
    close(each);
}

void worker::send(client_connection& to, std::string_view bytes) {
  to.send(bytes);
  follow_unsent(to);
}

void worker::follow_unsent(client_connection& connection) {
  if (connection.has_unsent() == connection.awaits_room) return;
  connection.awaits_room = !connection.awaits_room;
  control(EPOLL_CTL_MOD, connection, connection.awaits_room ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void worker::control(int operation, client_connection& connection, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u32 = connection.index;
  if (epoll_ctl(epoll_.get(), operation, connection.fd(), &event) != 0)
    throw std::runtime_error(std::string("epoll_ctl: ") + strerror(errno));
}

} // namespace vaquero::bench
