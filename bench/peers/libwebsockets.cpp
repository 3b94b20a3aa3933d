// A peer of the benchmarks: a server as libwebsockets' own examples write it (minimal-ws-server,
// minimal-ws-server-echo), on one thread and its default event loop: a message is kept behind
// LWS_PRE free bytes, and each connection writes one when it is told that it may.
// bench/README.md has the contract that all peers keep.
#include <CLI/CLI.hpp>

#include <csignal>
#include <deque>
#include <iostream>
#include <libwebsockets.h>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace {

constexpr std::size_t message_max = 16 * 1024 * 1024; // Beast's default

/// One for all subscribers: lws writes the frame's head into the room before the payload, which is
/// the same head for each.
struct message {
  std::string bytes = std::string(LWS_PRE, '\0');
  bool binary = false;
};

struct session;
using topic = std::set<session*>;

struct session {
  lws* socket;
  topic* joined; // null: it echoes
  std::shared_ptr<message> incoming;
  std::deque<std::shared_ptr<message>> queue;
};

volatile std::sig_atomic_t asked_to_end = 0; // all that a signal handler may touch

std::map<std::string, topic>& topics_of(lws* socket) {
  return *static_cast<std::map<std::string, topic>*>(lws_context_user(lws_get_context(socket)));
}

std::string path_of(lws* socket) {
  char path[256] = "";
  lws_hdr_copy(socket, path, sizeof path, WSI_TOKEN_GET_URI);
  return path;
}

bool is_echo(const std::string& path) { return path.starts_with("/echo"); }
bool is_topic(const std::string& path) { return path.starts_with("/topic/"); }

void open(lws* socket, session*& own) {
  own = new session{socket, nullptr, nullptr, {}};
  const std::string path = path_of(socket);
  if (!is_topic(path)) return;
  own->joined = &topics_of(socket)[path];
  own->joined->insert(own);
}

void close(session*& own) {
  if (own == nullptr) return;
  if (own->joined != nullptr) own->joined->erase(own);
  delete own;
  own = nullptr;
}

void send(session& to, const std::shared_ptr<message>& whole) {
  to.queue.push_back(whole);
  lws_callback_on_writable(to.socket);
}

/// A part of a message, as large as lws likes. False for one that grows too large.
bool receive(session& own, const void* bytes, std::size_t size) {
  if (own.incoming == nullptr) own.incoming = std::make_shared<message>();
  own.incoming->binary = lws_frame_is_binary(own.socket) != 0;
  if (own.incoming->bytes.size() + size > LWS_PRE + message_max) return false;
  own.incoming->bytes.append(static_cast<const char*>(bytes), size);
  if (lws_is_final_fragment(own.socket) == 0 || lws_remaining_packet_payload(own.socket) > 0)
    return true;
  const std::shared_ptr<message> whole = std::move(own.incoming);
  if (own.joined == nullptr) {
    send(own, whole);
    return true;
  }
  for (session* each : *own.joined)
    send(*each, whole);
  return true;
}

/// False when the connection has failed.
bool write(session& own) {
  if (own.queue.empty()) return true;
  message& next = *own.queue.front();
  auto* payload = reinterpret_cast<unsigned char*>(next.bytes.data()) + LWS_PRE;
  const std::size_t size = next.bytes.size() - LWS_PRE;
  const auto kind = next.binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
  if (lws_write(own.socket, payload, size, kind) < static_cast<int>(size)) return false;
  own.queue.pop_front();
  if (!own.queue.empty()) lws_callback_on_writable(own.socket);
  return true;
}

int on_event(lws* socket, lws_callback_reasons reason, void* user, void* bytes, std::size_t size) {
  auto* own = static_cast<session**>(user);
  bool goes_on = true;
  switch (reason) {
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: {
      const std::string path = path_of(socket);
      goes_on = is_echo(path) || is_topic(path);
      break;
    }
    case LWS_CALLBACK_ESTABLISHED: open(socket, *own); break;
    case LWS_CALLBACK_RECEIVE: goes_on = receive(**own, bytes, size); break;
    case LWS_CALLBACK_SERVER_WRITEABLE: goes_on = write(**own); break;
    case LWS_CALLBACK_CLOSED: close(*own); break;
    default: break;
  }
  return goes_on ? 0 : -1;
}

void serve(int port, bool deflate) {
  constexpr std::size_t part_max = 65'536; // of a message, in one event
  const lws_protocols protocols[] = {{"peer", on_event, sizeof(session*), part_max, 0, nullptr, 0},
                                     {}};
  const lws_extension extensions[] = {
      {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate"}, {}};
  std::map<std::string, topic> topics; // by path
  lws_set_log_level(LLL_ERR, nullptr);
  lws_context_creation_info info{};
  info.user = &topics;
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
  const std::unique_ptr<lws_context, decltype(&lws_context_destroy)> context(
      lws_create_context(&info), lws_context_destroy);
  if (context == nullptr) throw std::runtime_error("lws_create_context failed");
  info.port = port;
  info.iface = "127.0.0.1";
  info.protocols = protocols;
  info.extensions = deflate ? extensions : nullptr;
  lws_vhost* host = lws_create_vhost(context.get(), &info);
  if (host == nullptr) throw std::runtime_error("lws_create_vhost failed");
  std::cout << "listening on http://127.0.0.1:" << lws_get_vhost_listen_port(host) << std::endl;
  while (asked_to_end == 0 && lws_service(context.get(), 0) >= 0) {
  }
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"A libwebsockets server on one thread"};
  std::uint16_t port = 0;
  bool deflate = false;
  app.add_option("--port", port, "Port on 127.0.0.1; 0 takes a free one")->capture_default_str();
  app.add_flag("--deflate", deflate, "Agree to permessage-deflate");
  CLI11_PARSE(app, argc, argv);
  for (int signal : {SIGINT, SIGTERM})
    std::signal(signal, [](int) { asked_to_end = 1; });
  try {
    serve(port, deflate);
  } catch (const std::exception& error) {
    std::cerr << "libwebsockets: " << error.what() << '\n';
    return 1;
  }
}
