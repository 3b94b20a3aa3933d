// What requests lead to: handlers, pages, and static files, each at a host and a path. Built first and
// then only read, so that all loops share one. To change a running server's routes, give it another
// router: connections and requests that are there keep the one that they came by.
#pragma once

#include "net/handler_type.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"
#include "net/http/route_table.hpp"
#include "net/static_files.hpp"
#include "net/websocket/origin.hpp"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace vaquero {

/// Answers a plain request at once.
using page = std::function<response(const request&)>;

/// Answers a plain request later: the answer may be given once, from any thread.
using answer_later = std::function<void(response)>;
using slow_page = std::function<void(const request&, answer_later)>;

/// Where a route lies, in cowboy's match syntax (route_pattern.hpp), and what a handshake there must
/// bring with it.
struct route_at {
  /// "_": any host. Of the hosts, the first that matches is the only one whose paths are tried.
  std::string host = "_";

  std::string path = {};

  /// For names that the host or the path binds: {{"id", constraint::integer()}}.
  std::vector<bound_constraint> constraints = {};

  /// Of a handler: the first of these that the client offers is agreed on; a client that offers others
  /// only is refused with a 400, and one that offers none gets none. Empty: `init` decides.
  std::vector<std::string> subprotocols = {};

  /// Of a handler: the web pages that may connect (origin.hpp). Others get a 403.
  std::vector<std::string> origins = std::vector<std::string>(1, "self");
};

/// "/chat", or "example.org/chat" for a route of one host: for logs and lists.
std::string route_name(const route_at& at);

class router {
 public:
  /// A handler, and the rules of its handshake.
  struct websocket {
    std::shared_ptr<const handler_type> type;
    std::vector<std::string> subprotocols = {};
    origin_policy origins = {};
  };
  using target = std::variant<websocket, page, slow_page, static_files>;

  /// The type outlives the connections, as whoever adds it sees to. Throws std::invalid_argument, with
  /// what is wrong and where, for a wrong pattern, constraint, subprotocol or origin, and for a host that
  /// no request gets to.
  void add_handler(const route_at& at, std::shared_ptr<const handler_type> type);
  /// Pages have no handshake: subprotocols and origins do not count.
  void add_page(const route_at& at, page answer);
  void add_page(const route_at& at, slow_page answer);

  /// The files of a folder: `at.path` with "[...]", which is added if it is missing, for the names below.
  /// Throws std::invalid_argument also if the folder cannot be opened.
  void add_files(route_at at, const std::string& folder);

  struct result {
    const target* to = nullptr; // null: answer `status`
    unsigned status = 0;        // 400 or 404
  };
  /// Binds names in the request.
  result find(request& wanted) const;

  /// Whatever else becomes of the router: connections hold no share of their types.
  const std::vector<std::shared_ptr<const handler_type>>& types() const { return types_; }

 private:
  void add(const route_at& at, target to);

  route_table table_;
  std::vector<target> targets_;
  std::vector<std::shared_ptr<const handler_type>> types_;
};

} // namespace vaquero
