// A socket before it is a connection: it reads requests, answers each, in order, and becomes a connection
// when one of them is an upgrade that is accepted. It lives on a loop and destroys itself.
#pragma once

#include "net/detail/recycled.hpp"
#include "net/http/request_parser.hpp"
#include "net/io_source.hpp"
#include "net/loop.hpp"
#include "net/router.hpp"
#include "net/websocket/handshake.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace vaquero {

struct http_options {
  /// From the connect, or the answer before, until a request's head is there; then a 408, or the end if
  /// nothing came. (cowboy: request_timeout)
  std::chrono::milliseconds request_timeout{5'000};

  /// From a request's head until its body is there as well; then a 408. A body of 1 MiB, the largest, so
  /// needs 140 kbit/s. (cowboy leaves it to the handler: read_body has 15 s for a piece.)
  std::chrono::milliseconds body_timeout{60'000};

  /// How long a page that answers later may take; then a 503.
  std::chrono::milliseconds answer_timeout{30'000};

  /// To take the answer, and then to close; as for connections.
  std::chrono::milliseconds send_timeout{30'000};
  std::chrono::milliseconds close_timeout{5'000};

  /// Requests on one socket, one after the other; the last is answered with Connection: close. (cowboy:
  /// max_keepalive)
  std::uint32_t requests_max = 1'000;

  http_limits limits = {};
};

/// What a listener has accepted.
struct accepted_socket {
  int fd;
  boost::asio::ip::tcp::endpoint peer;
};

class http_session final : public io_source, public detail::recycled<http_session> {
 public:
  /// Takes over the socket. Throws std::system_error if the system refuses; the socket is the
  /// caller's then.
  static void open(loop& home, const accepted_socket& from, std::shared_ptr<const router> routes,
                   const http_options& options);
  ~http_session() override { home_.memory().change(charged_, 0); }

  void on_ready(readiness what) override;
  void on_flush() override;
  void on_deadline() override;
  void on_stop(bool now) override;
  std::size_t held_bytes() const override;
  void on_low_memory() override;

 private:
  enum class phase : std::uint8_t {
    reading, // the next request; answers may wait to be flushed
    asking,  // a page answers later
    writing, // the kernel takes no more of the answers, or a file is sent
    gone,    // the socket is another's, or closed: whoever sees it last destroys this
  };
  struct file_rest {
    open_file file;
    std::vector<file_part> parts;
    std::size_t at = 0; // the part whose lead is in the outbox, or has been
  };

  http_session(loop& home, const accepted_socket& from, std::shared_ptr<const router> routes,
               const http_options& options);

  void read_requests(std::span<const std::byte> input);
  void await_more();
  void tell_to_continue();
  void handle(std::span<const std::byte> rest);
  void serve(const router::target& target, std::span<const std::byte> rest);
  void upgrade_to(const router::websocket& route, std::span<const std::byte> rest);
  void log_refusal(const response& with) const;
  std::optional<response> refuse_upgrade(const router::websocket& route, upgrade_offer& offer);
  void ask(const slow_page& answer);
  void send_file(file_answer with);
  bool keeps_alive();
  void answer(const response& with, bool keep);
  void answer(const response& with) { answer(with, keeps_alive()); }
  void answer_late(const response& with);
  template <class Make>
  response made_by(Make&& make) const;
  response page_failed() const;
  outbox& out();
  void append(std::string_view bytes);
  void write();
  bool write_outbox();
  bool write_file();
  bool write_part(std::uint64_t& budget);
  void wait_to_write(bool progressed);
  void next_request();
  void charge();
  void give_up();
  void finish();
  void release_later();
  void leave();
  void destroy_if_gone() {
    if (phase_ == phase::gone) delete this;
  }

  loop& home_;
  std::shared_ptr<const router> routes_; // those of its time
  const http_options& options_;
  request_parser parser_;
  request request_;
  std::shared_ptr<http_session*> later_; // shared with an answer_later; null in it when we are gone
  outbox* outbox_ = nullptr;
  std::optional<file_rest> file_;
  std::vector<std::byte> unread_; // requests that wait until those before them are answered
  std::size_t charged_ = 0;       // to the node's budget
  accepted_socket socket_;
  std::uint32_t requests_ = 0;
  phase phase_ = phase::reading;
  bool awaits_body_ = false; // its head is there, and the deadline is the body's
  bool keep_ = true;         // the socket, after what is being written
  bool is_blocked_ = false;  // the loop tells when it can be written to, and nothing else
};

} // namespace vaquero
