// A WebSocket connection: a process that also has a socket. Frames and messages are handled on its
// loop's thread, one at a time; a blocking handler's on a pool, still one at a time. It is a plain
// caf::actor for everybody else. Everything belongs to the loop's thread unless it says otherwise.
#pragma once

#include "net/handler_type.hpp"
#include "net/io_source.hpp"
#include "net/loop_process.hpp"
#include "net/outbox.hpp"
#include "net/websocket/frame_decoder.hpp"
#include "net/websocket/handshake.hpp"
#include "net/websocket/permessage_deflate.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <span>

namespace vaquero {

class frame_forms;
struct frame_batch;

/// The callbacks by name, for logs and the watch.
enum class callback : std::uint8_t {
  none,
  construct,
  init,
  websocket_init,
  websocket_handle,
  websocket_info,
  terminate,
};

const char* to_string(callback which);

/// For system_monitor: what a tag of loop::enter_callback says.
std::string describe_callback(std::uintptr_t tag);

/// Asks a connection, as a request, what it is; it answers with a connection_info.
struct connection_query {};
struct connection_info {
  std::uint64_t id;
  std::string route;
  std::string handler;
  std::string peer;
  std::uint64_t age_seconds;    // since the handshake was asked for
  std::uint64_t subscriptions;  // to topics
  std::uint64_t queued_bytes;   // not taken by the kernel yet
  std::uint64_t queued_frames;  // not begun, of a client that does not keep up
  std::uint64_t dropped_frames; // since the handshake
  std::uint64_t buffered_bytes; // heap that its buffers hold
};

/// What a turn touches of a connection, be it an echo or the delivery of what was published. It lies between
/// what a turn touches of every process and the table of the source's functions, which come one behind the
/// other: 80 bytes, and so two cache lines, wherever malloc puts the connection. See connection.cpp.
struct connection_core {
  enum class phase : std::uint8_t {
    opening,  // init has not answered
    deferred, // init has put the answer off
    open,
    closing, // a close frame is written; the process is about to end
  };

  loop* home_; // the context of the process is elsewhere
  const handler_type* type_;
  websocket_handler_base* handler_ = nullptr; // in the memory behind the connection
  outbox* outbox_ = nullptr;
  frame_decoder decoder_;
  int fd_;
  loop::tick last_received_;
  std::uint16_t watched_ = static_cast<std::uint16_t>(readiness::readable);
  phase phase_ = phase::opening;
  std::atomic<callback> running_ = callback::none; // others read it: see current_callback
  bool is_busy_ = false;    // a callback is on the pool, and with it the process
  bool is_writing_ = false; // the outbox waits for the kernel to take more
  // Bits, because there are two bytes left for these. In the first what the handshake settled: a callback
  // on the pool may read it while the loop writes the second.
  std::uint8_t deflate_window_ : 4 = 0; // in bits, 0: no compression was agreed on
  std::uint8_t version_ : 4 = 13;       // of the handshake
  std::uint8_t : 0;                     // else they were one place in memory
  bool is_deflating_ : 1 = true;        // the handler wants it
  bool is_active_ : 1 = true;           // the handler wants to read
  bool is_socket_gone_ : 1 = false;     // broke while the process was on the pool
  bool is_init_due_ : 1 = false;        // the 101 is written, websocket_init was not called yet
  bool is_terminated_ : 1 = false;      // `terminate` was called, on the pool
  bool has_rare_ : 1 = false;           // the connection's rare_ is there
  bool has_own_options_ : 1 = false;    // in it; else the type's hold
};

class connection final : public loop_process, private connection_core, public io_source {
 public:
  /// Takes over the socket of `old` and starts the process. `early` is what the client sent behind its
  /// request.
  static void open(loop& home, int fd, io_source& old, const handler_type& type, request&& from,
                   upgrade_offer&& offer, std::span<std::byte> early);

  connection(caf::actor_config& config, loop& home, int fd, const handler_type& type);
  ~connection() override;

  /// The connection whose callback runs on this thread; throws std::logic_error outside of one.
  static connection& running();
  static connection* running_or_null() noexcept {
    auto* self = process::current();
    return self && self->is_tagged() ? static_cast<connection*>(self) : nullptr;
  }

  // -- commands of the callback that runs; on the pool they are noted, and done when it is over ---------

  void command_frame(opcode type, std::string_view data);
  void command_keyed_frame(std::string_view data, const keyed& as);
  void command_close(std::uint16_t code, std::string_view reason);
  void command_active(bool on);
  void command_deflate(bool on);
  void command_set_options(const websocket_options_change& change);
  void command_shutdown_reason(caf::message term);
  void command_hibernate();
  /// After a `defer`: the answer. Inside `init` nothing, for there it is returned.
  void answer_if_deferred(const upgrade& how);

  // -- what a callback may ask; on the pool the answers are those of the moment at which it began -------

  queue_state queue() const;
  connection_meta meta() const;

  // -- topics: from the loop, in no callback ------------------------------------------------------------

  static connection* from(process& which) noexcept;

  /// Throws std::logic_error unless its handshake is answered.
  void require_open() const;

  /// Notes the command of a callback that runs on the pool; false for any other.
  bool put_off(const std::function<void()>& command);

  /// Whether anything waits to be sent.
  bool has_output() const noexcept { return outbox_ != nullptr; }

  /// Sends them now, all in one write, if nothing waits; what is left is queued. Returns how many frames
  /// were dropped by it.
  std::uint64_t send_published(frame_forms& forms);
  /// Puts them with what is written at the end of the turn.
  std::uint64_t queue_published(frame_forms& forms);

  // -- io_source --------------------------------------------------------------------------------------

  void on_ready(readiness what) override;
  void on_flush() override;
  void on_deadline() override;
  void on_stop(bool now) override;
  std::size_t held_bytes() const override;
  void on_low_memory() override;

  const char* name() const override { return "vaquero::connection"; }
  std::string current_callback() const override; // any thread
  const handler_type& type() const noexcept { return *type_; }

  /// As that of every process of a loop, without a look at its context.
  loop& home_loop() const noexcept { return *home_; }

 protected:
  bool is_always_taken(const caf::mailbox_element& mail) const noexcept override;
  void handle_message(caf::mailbox_element& mail) override;
  void before_exit(const exit_reason& reason) override;
  bool ready_to_finish() override;
  void handle_exception() override;
  void run_turn() override;
  crash_site where() const override;

 private:
  struct seldom;        // what few connections have for long; see connection_parts.hpp
  struct blocking_call; // a callback on the pool

  template <class Body, class After>
  void call(callback which, Body&& body, After&& after);
  void call_on_pool(callback which, std::function<void()> body, std::function<void()> after);
  void callback_done();
  void go_on();
  bool resume_input(); // this and the next two: false if the process has ended
  bool consume(std::span<std::byte> input);
  bool settle();
  std::uintptr_t callback_tag(callback which) const noexcept {
    return reinterpret_cast<std::uintptr_t>(type_) | static_cast<std::uintptr_t>(which);
  }
  /// What runs from now on. Returns what did.
  callback note_running(callback which) noexcept {
    const auto old = running_callback();
    running_.store(which, std::memory_order_relaxed);
    return old;
  }
  callback running_callback() const noexcept { return running_.load(std::memory_order_relaxed); }
  void note(std::function<void(connection&)> command);
  void note_frame(opcode type, std::string_view data);

  void begin(request&& from, upgrade_offer&& offer, std::span<std::byte> early);
  void answer(upgrade&& how);
  void accept(accepted&& how);
  void refuse(const vaquero::response& with);
  void defer(deferred until);
  void call_websocket_init_if_due();
  std::optional<deflate_agreement> negotiate(const websocket_options& options) const;
  void begin_compression(const deflate_agreement& agreed);

  void read_socket();
  void lose_socket(terminate_reason&& why);
  void decode(std::span<std::byte> input);
  void charge_message(std::size_t before);
  void handle_event(const decode_event& event);
  void handle_compressed(const decode_event& event);
  void handle_frame(opcode type, std::span<const std::byte> payload);
  void peer_closed(const decode_event& event);
  void protocol_error(decode_error error);
  void keep_unread(std::span<const std::byte> rest);
  static terminate_reason reason_for_error(int error);
  std::string title() const;

  void dispatch(const caf::mailbox_element& mail);
  void dispatch_on_pool(caf::mailbox_element& mail);
  void answer_query();
  void send_outgoing(const outgoing_data& data);
  void kick(const close_request& how);

  const frame_batch* form_of(frame_forms& forms);
  std::uint64_t keep_published(const frame_batch& batch);
  std::uint64_t send_rest(const frame_batch& batch, frame_forms& forms, std::ptrdiff_t taken);
  void queue_frames(const frame_batch& batch, std::size_t first);
  std::uint64_t frames_dropped() const;
  bool catch_up_with_topics();

  void deflate_if_due(opcode& type, std::string_view& data);
  void send_frame(opcode type, std::string_view data);
  void send_deflated(opcode type, std::string_view data);
  void add_frame(opcode type, std::string_view data);
  void send_keyed(opcode type, std::string_view data, std::string_view key);
  void queue_frame(opcode type, std::string_view data, std::string_view key);
  bool make_room(opcode type, std::size_t size);
  bool has_room(std::size_t bytes, std::size_t frames, bool is_control = false) const;
  void count_dropped();
  void close_unwilling(std::uint16_t code, std::string_view reason);
  void close_too_slow();
  bool is_over(unsigned percent) const;
  void tell_queue_high();
  void tell_queue_low();
  void send_close(std::uint16_t code, std::string_view reason);
  void write_out();
  outbox& out();
  void end(terminate_reason&& why);
  void end_as_noted();
  static exit_reason exit_for(const terminate_reason& why, const caf::message& shutdown_term);
  terminate_reason last_reason(const exit_reason& reason);
  void leave(const terminate_reason& why);
  void write_last_frame(const terminate_reason& why);
  void write_last_response(const terminate_reason& why);
  void call_terminate(const terminate_reason& why);
  void leave_socket(const terminate_reason& why);
  void update_interest();
  void update_deadline();
  loop::tick next_due() const noexcept;
  loop::tick idle_due() const noexcept;
  loop::tick ping_due() const noexcept;
  loop::tick life_due() const noexcept;
  void give_up_stuck();
  void send_ping();
  std::size_t buffered_bytes() const;
  bool wants_input();
  bool is_choked() const noexcept { return is_writing_ && is_queue_long(); }
  bool is_queue_long() const noexcept;
  seldom& rare();
  void forget_rare_if_empty();
  void* handler_memory() noexcept;

  const websocket_options& options() const noexcept;
  static constexpr void check_layout();

  std::unique_ptr<seldom> rare_;
  loop::tick opened_;
  loop::tick last_pinged_ = 0;
};

/// The connections of a loop. On its thread.
std::vector<pid> connections_on(const loop& home);

} // namespace vaquero
