// What a program writes: one class for one kind of connection. An object of it is made for each
// connection and gets, one at a time, on the connection's process: the request, the socket's frames, and
// every message that is sent to the process. See docs/manual/websocket_handler.md.
#pragma once

#include "net/frame.hpp"
#include "net/http/request.hpp"
#include "net/publish_data.hpp"
#include "net/send_data.hpp"
#include "net/terminate_reason.hpp"
#include "net/upgrade.hpp"
#include "net/websocket_options.hpp"
#include "runtime/verbs.hpp"

#include <string_view>

namespace vaquero {

/// What a handshake agreed upon.
struct connection_meta {
  int version;                  // Sec-WebSocket-Version: 13, or 7 or 8 for the drafts
  std::string_view subprotocol; // empty: none; valid as long as the connection is
  bool is_compressed;           // messages may be sent compressed
};

/// The callbacks, and the verbs that they use. Derive from `websocket_handler`, not from this.
class websocket_handler_base : public process_verbs {
 public:
  virtual ~websocket_handler_base() = default;

  /// Before the handshake is answered. The request lives until the answer is given.
  /// An exception here is answered with a 500.
  virtual upgrade init(const request&) { return accept(); }

  /// The 101 is written: the first callback that may send.
  virtual void websocket_init() {}

  /// A text, a binary, a ping (its pong is sent already) or a pong.
  virtual void websocket_handle(const frame& in) = 0;

  /// A message that the handler does not list. Overridden, it gets them all; otherwise they are
  /// dropped, and a request among them is answered with caf::sec::unexpected_message.
  virtual void websocket_info_other(const caf::message& message);

  /// The last callback, exactly once, however the connection ends. What it sends is not sent.
  virtual void terminate(const terminate_reason&) {}

  /// The listed message in the mail, given to its clause; false if it is not listed.
  virtual bool dispatch(const caf::type_erased_tuple& mail) = 0;

 protected:
  // -- commands: they act in the order they are given, all frames of a callback leave in one write ----

  using process_verbs::exit;
  using process_verbs::send;

  /// A text to the browser of a connection: this one, or any other.
  static void send_data(const pid& to, std::string_view text) {
    vaquero::send_data(to, text, opcode::text);
  }
  /// A text, a binary, a ping or a pong.
  static void send_data(const pid& to, std::string_view data, opcode type) {
    vaquero::send_data(to, data, type);
  }

  /// With a key: see keyed.
  static void send_data(const pid& to, std::string_view data, const keyed& as) {
    vaquero::send_data(to, data, as);
  }

  /// A frame to all connections that subscribed to the topic.
  static void publish_data(std::string_view topic, std::string_view data,
                           const data_options& how = {}) {
    vaquero::publish_data(topic, data, how);
  }

  /// A frame to this connection's browser: cowboy's {reply, Frame}.
  static void reply(std::string_view data, opcode type = opcode::text);
  static void reply(std::string_view data, const keyed& as);

  /// The close frame; nothing that is sent after it leaves. The connection ends (reason stop). Throws
  /// std::invalid_argument for a code that may not be sent.
  static void close(std::uint16_t code = 1000, std::string_view reason = {});
  /// The same for another connection, whatever waits there.
  static void close(const pid& connection, std::uint16_t code, std::string_view reason = {}) {
    vaquero::close(connection, code, reason);
  }

  /// Ends the connection after what precedes it, with close code 1000.
  static void stop() { close(1000); }

  /// Stops reading the socket, so that the client waits, and starts again. Messages go on arriving.
  static void active(bool on);

  /// Whether what follows is compressed, on a connection that compresses: cowboy's {deflate, Bool}.
  static void deflate(bool on);

  static void set_options(const websocket_options_change& change);

  /// What links and monitors see when this connection ends without a crash: {shutdown, Term}.
  template <class Term>
  static void shutdown_reason(Term term) {
    set_shutdown_reason(caf::make_message(std::move(term)));
  }

  /// Frees every buffer that the connection holds for now. They come back as they are needed.
  static void hibernate();

  // -- about this connection --------------------------------------------------------------------------

  /// What waits for this browser. In a blocking handler: when the callback began.
  static queue_state queue();

  /// What the handshake agreed upon. Before it is answered, the request's version and nothing else.
  static connection_meta meta();

  // -- answers to the handshake -----------------------------------------------------------------------

  /// In `init`, return it. After a `defer`, call it: it is the answer then.
  static upgrade accept(accepted how = {});
  static upgrade refuse(response with);
  static upgrade defer(std::chrono::milliseconds timeout) { return deferred{timeout}; }

 private:
  static void set_shutdown_reason(caf::message term);
};

namespace detail {

// One clause per message, each a pure virtual of its own; a chain of bases, so that an object has one
// pointer to a table of functions.
template <class... Messages>
class info_clauses : public websocket_handler_base {
 public:
  void websocket_info() = delete; // so that the clauses above have something to bring into view
  bool dispatch(const caf::type_erased_tuple&) override { return false; }
};

template <class Message, class... Rest>
class info_clauses<Message, Rest...> : public info_clauses<Rest...> {
 public:
  using info_clauses<Rest...>::websocket_info;

  virtual void websocket_info(const Message& message) = 0;

  bool dispatch(const caf::type_erased_tuple& mail) override {
    if (!mail.match_elements<Message>()) return info_clauses<Rest...>::dispatch(mail);
    websocket_info(mail.get_as<Message>(0));
    return true;
  }
};

} // namespace detail

/// `class hello final : public websocket_handler<timeout<std::string>, note>`: the messages that it gets,
/// each in a `websocket_info(const M&) override` of its own. One that is listed and not handled, or
/// handled and not listed, does not compile.
template <class... Messages>
class websocket_handler : public detail::info_clauses<Messages...> {
 public:
  template <class Message>
  static constexpr bool lists = (std::is_same_v<Messages, Message> || ...);

  /// For servers: makes the listed messages known to other nodes.
  static void register_messages(caf::actor_system_config& config) {
    (register_one<Messages>(config), ...);
  }

  websocket_handler() { (detail::require_message<Messages>(), ...); }

 private:
  template <class Message>
  static void register_one(caf::actor_system_config& config) {
    if constexpr (remote_message<Message>) add_messages<Message>(config);
  }
};

} // namespace vaquero
