#include "net/send_data.hpp"

#include "net/connection.hpp"
#include "net/websocket/close_code.hpp"
#include "runtime/verbs.hpp"

#include <stdexcept>

namespace vaquero {

namespace {

void check_keyed(const keyed& as) {
  if (as.key.empty() || is_control(as.type))
    throw std::invalid_argument{"a key is not empty, and only texts and binaries have one"};
}

void check_close_code(std::uint16_t code) {
  if (!is_valid_close_code(code))
    throw std::invalid_argument{
        "a close frame's code is one of 1000-1003, 1007-1014, 3000-4999, and not " +
        std::to_string(code)};
}

connection* as_running(const pid& to) {
  auto* self = connection::running_or_null();
  return self && caf::actor_cast<caf::abstract_actor*>(to) == self ? self : nullptr;
}

} // namespace

void send_data(const pid& to, std::string_view data, opcode type) {
  check_frame(data, type);
  if (auto* self = as_running(to))
    self->command_frame(type, data);
  else
    send(to, outgoing_data{type, std::string{data}});
}

void send_data(const pid& to, std::string_view data, const keyed& as) {
  check_keyed(as);
  if (auto* self = as_running(to))
    self->command_keyed_frame(data, as);
  else
    send(to, outgoing_data{as.type, std::string{data}, std::string{as.key}});
}

void close(const pid& to, std::uint16_t code, std::string_view reason) {
  check_close_code(code);
  if (auto* self = as_running(to))
    self->command_close(code, reason);
  else
    send(to, close_request{code, std::string{reason}});
}

// -- the commands of websocket_handler ------------------------------------------------------------------

void websocket_handler_base::websocket_info_other(const caf::message&) {
  auto& self = connection::running();
  if (self.current_message_id().is_request())
    self.respond(caf::make_message(caf::make_error(caf::sec::unexpected_message)));
}

void websocket_handler_base::reply(std::string_view data, opcode type) {
  check_frame(data, type);
  connection::running().command_frame(type, data);
}

void websocket_handler_base::reply(std::string_view data, const keyed& as) {
  check_keyed(as);
  connection::running().command_keyed_frame(data, as);
}

queue_state websocket_handler_base::queue() { return connection::running().queue(); }

connection_meta websocket_handler_base::meta() { return connection::running().meta(); }

void websocket_handler_base::close(std::uint16_t code, std::string_view reason) {
  check_close_code(code);
  connection::running().command_close(code, reason);
}

void websocket_handler_base::active(bool on) { connection::running().command_active(on); }

void websocket_handler_base::deflate(bool on) { connection::running().command_deflate(on); }

void websocket_handler_base::set_options(const websocket_options_change& change) {
  connection::running().command_set_options(change);
}

void websocket_handler_base::set_shutdown_reason(caf::message term) {
  connection::running().command_shutdown_reason(std::move(term));
}

void websocket_handler_base::hibernate() { connection::running().command_hibernate(); }

upgrade websocket_handler_base::accept(accepted how) {
  upgrade answer{std::move(how)};
  connection::running().answer_if_deferred(answer);
  return answer;
}

upgrade websocket_handler_base::refuse(response with) {
  upgrade answer{std::move(with)};
  connection::running().answer_if_deferred(answer);
  return answer;
}

} // namespace vaquero
