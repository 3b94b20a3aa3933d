#include "net/connection.hpp"

#include "net/connection_parts.hpp"
#include "net/socket.hpp"
#include "runtime/blocking_pool.hpp"

#include <caf/actor_system.hpp>
#include <caf/sec.hpp>

#include <new>
#include <stdexcept>

namespace vaquero {

namespace {

constexpr std::size_t alignment = alignof(std::max_align_t);
constexpr std::size_t round_up(std::size_t size) {
  return (size + alignment - 1) / alignment * alignment;
}

// How many messages one connection may handle before the next has its turn.
constexpr std::size_t mail_budget = 128;

} // namespace

connection::connection(caf::actor_config& config, loop& home, int fd, const handler_type& type)
    : loop_process(config, home), connection_core{.home_ = &home,
                                                  .type_ = &type,
                                                  .decoder_ = {},
                                                  .fd_ = fd,
                                                  .last_received_ = home.now()},
      opened_(home.now()) {
  check_layout();
  set(tagged, true); // no other process is
}

connection::~connection() = default;

// What a turn touches is one piece: its mail and flags, at the end of the process; connection_core; the
// pointer to the virtual functions of io_source, which the readiness set calls. malloc gives addresses of 16
// bytes: 80 bytes that begin at one lie within two cache lines, and 81 need not. A handler without members of
// its own is not touched: see handler_type::handle.
constexpr void connection::check_layout() {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored                                                                     \
    "-Winvalid-offsetof" // it has virtual functions, and GCC knows where all lies
  constexpr auto first = sizeof(process) - 2 * sizeof(std::uint64_t);
  constexpr auto end_of_core = sizeof(process) + sizeof(connection_core);
  static_assert((CAF_CACHE_LINE_SIZE + first) % alignment == 0); // behind the control block
  static_assert(sizeof(loop_process) == sizeof(process));
  static_assert(offsetof(connection, home_) == sizeof(process));
  static_assert(offsetof(connection, rare_) == end_of_core + sizeof(io_source));
  static_assert(end_of_core + sizeof(void*) - first <= 2 * 64 - (64 - alignment));
#pragma GCC diagnostic pop
}

// One block of memory: CAF's control block, the connection, the handler. What caf::make_actor does, but
// for an object whose size only the route knows.
void connection::open(loop& home, int fd, io_source& old, const handler_type& type, request&& from,
                      upgrade_offer&& offer, std::span<std::byte> early) {
  using caf::actor_control_block;
  static_assert(CAF_CACHE_LINE_SIZE % alignment == 0 &&
                sizeof(actor_control_block) <= CAF_CACHE_LINE_SIZE);
  constexpr std::size_t handler_at = CAF_CACHE_LINE_SIZE + round_up(sizeof(connection));
  auto destroy_data = [](caf::abstract_actor* data) {
    data->on_destroy();
    static_cast<connection*>(data)->~connection();
  };
  auto free_block = [](actor_control_block* block) {
    block->~actor_control_block();
    ::operator delete(block);
  };
  auto& system = home.system();
  auto* memory = static_cast<std::byte*>(::operator new(handler_at + type.size));
  auto node = system.node();
  auto* block = new (memory)
      actor_control_block(system.next_actor_id(), node, &system, destroy_data, free_block);
  caf::actor_config config{&home};
  auto* self = new (memory + CAF_CACHE_LINE_SIZE) connection(config, home, fd, type);
  caf::strong_actor_ptr keep{block, false};
  home.replace(fd, old, *self, readiness::readable);
  self->begin_life();
  self->begin(std::move(from), std::move(offer), early);
}

void* connection::handler_memory() noexcept {
  return reinterpret_cast<std::byte*>(this) + round_up(sizeof(connection));
}

connection& connection::running() {
  if (auto* self = running_or_null()) return *self;
  throw std::logic_error{"this can be called inside a callback of a connection only"};
}

connection::seldom& connection::rare() {
  if (!rare_) { // a callback on the pool has it, and writes no flag beside the loop's
    rare_ = std::make_unique<seldom>();
    has_rare_ = true;
  }
  return *rare_;
}

void connection::forget_rare_if_empty() {
  if (!rare_ || !rare_->is_empty()) return;
  rare_.reset();
  has_rare_ = false;
}

// -- what runs ----------------------------------------------------------------------------------------

void connection::run_turn() {
  if (is_busy_) return; // callback_done will look
  const auto state = run_mail(mail_budget, &home_loop());
  if (state == mail_state::dead || !resume_input()) return;
  if (state == mail_state::more && !is_busy_) home_loop().schedule(*this);
}

void connection::go_on() {
  update_interest(); // nobody reads while a callback is on the pool
  if (resume_input()) run_turn();
}

// What was received before a pause is in no socket that would tell of it.
bool connection::resume_input() {
  if (!has_rare_ || rare_->unread.empty() || !wants_input()) return true;
  auto unread = std::exchange(rare_->unread, {});
  home_loop().memory().change(unread.capacity(), 0);
  forget_rare_if_empty();
  if (!consume(unread)) return false;
  update_interest();
  return true;
}

bool connection::settle() { return is_busy_ || after_callback(); }

void connection::call_on_pool(callback which, std::function<void()> body,
                              std::function<void()> after) {
  const auto before = queue();
  is_busy_ = true;
  hold_mail(true);
  note_running(which);
  rare().on_pool = std::make_unique<blocking_call>();
  rare_->on_pool->after = std::move(after);
  rare_->on_pool->queue = before;
  update_interest();
  auto keep = caf::strong_actor_ptr{ctrl()};
  home_loop().services().pool.submit([this, keep, body = std::move(body)] {
    run_as_self(body);
    home_loop().post([this, keep] { callback_done(); });
  });
}

void connection::callback_done() {
  if (!is_alive()) return;
  is_busy_ = false;
  hold_mail(false);
  note_running(callback::none);
  current_mailbox_element(nullptr); // it went with the callback
  // Nobody read while it ran, so the peer's silence is not its own.
  last_received_ = home_loop().now();
  auto call = std::move(rare_->on_pool);
  home_loop().memory().change(call->published_bytes, 0);
  home_loop().topics().before_others([&] {
    for (const auto& each : call->published)
      send_outgoing(each);
  });
  if (call->is_overrun) close_too_slow();
  for (auto& command : call->commands)
    run_as_self([&] { command(*this); });
  if (is_socket_gone_) end(std::move(call->lost));
  if (!exit_pending()) call->after();
  call_websocket_init_if_due();
  if (!settle()) return;
  update_deadline(); // it was put off
  go_on();
}

// -- the process ----------------------------------------------------------------------------------------

// A kick is what ends a connection that is flooded.
bool connection::is_always_taken(const caf::mailbox_element& mail) const noexcept {
  return mail.content().match_elements<close_request>() || process::is_always_taken(mail);
}

void connection::handle_message(caf::mailbox_element& mail) {
  const auto& content = mail.content();
  if (content.size() == 1) {
    const auto* type = content.type(0).second;
    if (type) {
      if (*type == typeid(outgoing_data)) return send_outgoing(content.get_as<outgoing_data>(0));
      if (*type == typeid(close_request)) return kick(content.get_as<close_request>(0));
      if (*type == typeid(connection_query)) return answer_query();
    }
  }
  if (type_->is_blocking)
    dispatch_on_pool(mail);
  else
    call(
        callback::websocket_info, [&] { dispatch(mail); }, [] {});
  call_websocket_init_if_due();
}

void connection::dispatch(const caf::mailbox_element& mail) {
  if (!handler_->dispatch(mail.content()))
    handler_->websocket_info_other(mail.copy_content_to_message());
}

// The mail moves into an element of its own, which is the current one while the callback runs: so that
// it can be answered from there.
void connection::dispatch_on_pool(caf::mailbox_element& mail) {
  auto moved = std::shared_ptr{caf::make_mailbox_element(
      mail.sender, mail.mid, std::move(mail.stages), mail.copy_content_to_message())};
  mail.mid.mark_as_answered();
  call_on_pool(
      callback::websocket_info,
      [this, moved] {
        current_mailbox_element(moved.get());
        dispatch(*moved);
        answer_unanswered(*moved);
      },
      [] {});
}

connection_meta connection::meta() const {
  return {.version = version_,
          .subprotocol = rare_ ? std::string_view{rare_->subprotocol} : std::string_view{},
          .is_compressed = deflate_window_ != 0};
}

void connection::answer_query() {
  const auto waiting = queue();
  respond(caf::make_message(connection_info{
      .id = id(),
      .route = type_->route,
      .handler = type_->name,
      .peer = to_string(peer_of(fd_)),
      .age_seconds =
          static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                         (home_loop().now() - opened_) * loop::tick_length)
                                         .count()),
      .subscriptions = home_loop().topics().subscription_count(*this),
      .queued_bytes = waiting.bytes,
      .queued_frames = waiting.frames,
      .dropped_frames = waiting.dropped,
      .buffered_bytes = buffered_bytes(),
  }));
}

void connection::handle_exception() {
  // Nobody else will answer the request that led here, if one did.
  respond(caf::make_message(caf::make_error(caf::sec::request_receiver_down)));
  try {
    throw;
  } catch (process_exit& left) {
    exit_after_callback(std::move(left.reason));
  } catch (...) {
    end({.what = terminate_reason::kind::crash, .crash = report_crash()});
  }
}

/// For the log. It asks the system who the peer is.
std::string connection::title() const {
  return "connection " + std::to_string(id()) + " at " + type_->route + " from " +
         to_string(peer_of(fd_));
}

crash_site connection::where() const { return {type_->name, to_string(running_callback()), id()}; }

std::string connection::current_callback() const {
  const auto which = running_callback();
  return which == callback::none ? type_->name : type_->name + " in " + to_string(which);
}

std::vector<pid> connections_on(const loop& home) {
  std::vector<pid> found;
  for (auto* source : home.sources())
    if (auto* each = dynamic_cast<connection*>(source)) found.push_back(each->self());
  return found;
}

const char* to_string(callback which) {
  switch (which) {
    case callback::none: return "no callback";
    case callback::construct: return "its constructor";
    case callback::init: return "init";
    case callback::websocket_init: return "websocket_init";
    case callback::websocket_handle: return "websocket_handle";
    case callback::websocket_info: return "websocket_info";
    case callback::terminate: return "terminate";
  }
  return "unknown";
}

std::string describe_callback(std::uintptr_t tag) {
  constexpr std::uintptr_t which_mask = alignof(handler_type) - 1;
  static_assert(static_cast<std::uintptr_t>(callback::terminate) <= which_mask);
  const auto* type = reinterpret_cast<const handler_type*>(tag & ~which_mask);
  return type->name + " in " + to_string(static_cast<callback>(tag & which_mask));
}

} // namespace vaquero
