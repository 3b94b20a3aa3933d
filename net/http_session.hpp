// A socket before it is a connection: it reads one request, and then either becomes a connection, or
// answers and closes. It lives on a loop and destroys itself.
#pragma once

#include "net/http/request_parser.hpp"
#include "net/io_source.hpp"
#include "net/loop.hpp"
#include "net/router.hpp"
#include "net/websocket/handshake.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace vaquero {

struct http_options {
  /// From the connect until the whole request is there; then a 408. (cowboy: request_timeout)
  std::chrono::milliseconds request_timeout{5'000};

  /// How long a page that answers later may take; then a 503.
  std::chrono::milliseconds answer_timeout{30'000};

  /// To take the answer, and then to close; as for connections.
  std::chrono::milliseconds send_timeout{30'000};
  std::chrono::milliseconds close_timeout{5'000};

  http_limits limits = {};
};

class http_session final : public io_source {
 public:
  /// Takes over the socket. Throws std::system_error if the system refuses; the socket is the
  /// caller's then.
  static void open(loop& home, int fd, std::shared_ptr<const router> routes,
                   const http_options& options);

  void on_ready(readiness what) override;
  void on_flush() override {}
  void on_deadline() override;
  void on_stop(bool now) override;

 private:
  http_session(loop& home, int fd, std::shared_ptr<const router> routes,
               const http_options& options);

  void handle(std::span<const std::byte> rest);
  void upgrade_to(const router::websocket& route, std::span<const std::byte> rest);
  std::optional<response> refuse_upgrade(const router::websocket& route, upgrade_offer& offer);
  void ask(const slow_page& answer);
  void answer(const response& with);
  std::string bytes_of(const response& with) const;
  response page_failed() const;
  void leave();

  loop& home_;
  std::shared_ptr<const router> routes_; // those of its time
  const http_options& options_;
  request_parser parser_;
  request request_;
  std::shared_ptr<http_session*> later_; // shared with an answer_later; null in it when we are gone
  int fd_;
};

} // namespace vaquero
