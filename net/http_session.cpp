#include "net/http_session.hpp"

#include "net/client_log.hpp"
#include "net/connection.hpp"
#include "net/socket.hpp"
#include "runtime/crash_log.hpp"

namespace vaquero {

namespace {

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

} // namespace

http_session::http_session(loop& home, const accepted_socket& from,
                           std::shared_ptr<const router> routes, const http_options& options)
    : home_(home), routes_(std::move(routes)), options_(options), parser_(options.limits),
      socket_(from) {}

void http_session::open(loop& home, const accepted_socket& from,
                        std::shared_ptr<const router> routes, const http_options& options) {
  std::unique_ptr<http_session> self{new http_session{home, from, std::move(routes), options}};
  home.add(from.fd, *self, readiness::readable);
  home.set_deadline(*self, loop::later(home.now(), options.request_timeout));
  self.release(); // it destroys itself
}

void http_session::on_ready(readiness what) {
  if (phase_ == phase::writing && what & readiness::writable) {
    write();
  } else if (phase_ != phase::reading || !(what & readiness::readable)) {
    leave(); // the client has gone, with its answer on its way
  } else {
    auto buffer = home_.receive_buffer();
    const auto count = receive(socket_.fd, buffer);
    if (count < 0 && would_block(errno)) return;
    if (count > 0)
      read_requests(buffer.first(static_cast<std::size_t>(count)));
    else
      leave();
  }
  destroy_if_gone();
}

/// Reads and answers until the input is used up, or an answer has to be waited for; the rest is kept.
void http_session::read_requests(std::span<const std::byte> input) {
  while (phase_ == phase::reading && !input.empty()) {
    const auto result = parser_.feed(input);
    if (result.is == parse_result::state::need_more) return await_more();
    awaits_body_ = false;
    if (result.is == parse_result::state::error)
      return answer(response::text(result.status, std::string{result.reason} + "\n"), false);
    request_ = parser_.take();
    ++requests_;
    handle(input);
  }
  if (phase_ == phase::gone) return;
  unread_.assign(input.begin(), input.end());
  charge();
}

void http_session::await_more() {
  if (parser_.in_body() && !std::exchange(awaits_body_, true))
    home_.set_deadline(*this, loop::later(home_.now(), options_.body_timeout));
  tell_to_continue();
  charge();
}

/// It does not give the client more time than it had.
void http_session::tell_to_continue() {
  if (!parser_.take_wish_to_continue()) return;
  out().append_raw(go_on);
}

void http_session::handle(std::span<const std::byte> rest) {
  request_.set_peer(address_of(socket_.peer));
  if (request_.method() == "CONNECT" || request_.method() == "TRACE")
    return answer(response::text(501, "this method is not spoken here\n"), false);
  router::result found;
  try {
    found = routes_->find(request_);
  } catch (...) { // a constraint of the program's own
    return answer(page_failed());
  }
  if (!found.to) return answer(response::text(found.status, "nothing here\n"));
  serve(*found.to, rest);
}

void http_session::serve(const router::target& target, std::span<const std::byte> rest) {
  if (auto* handler = std::get_if<router::websocket>(&target)) {
    const auto& others = handler->type->answer_others;
    // A handshake is a GET. What has an Upgrade all the same may have frames behind it.
    const bool is_get = request_.method() == "GET" || request_.method() == "HEAD";
    if (!others || is_get || request_.header("Upgrade")) return upgrade_to(*handler, rest);
    return answer(made_by([&] { return others(home_.services().home, request_); }));
  }
  if (request_.method() != "GET" && request_.method() != "HEAD") {
    auto refusal = response::text(405, "GET and HEAD only\n");
    refusal.headers.push_back({"Allow", "GET, HEAD"});
    return answer(refusal);
  }
  if (auto* later = std::get_if<slow_page>(&target)) return ask(*later);
  if (auto* files = std::get_if<static_files>(&target)) {
    auto found = files->find(request_);
    if (auto* refusal = std::get_if<response>(&found)) return answer(*refusal);
    return send_file(std::move(std::get<file_answer>(found)));
  }
  answer(made_by([&] { return std::get<page>(target)(request_); }));
}

template <class Make>
response http_session::made_by(Make&& make) const {
  try {
    return make();
  } catch (...) {
    return page_failed();
  }
}

// A handshake that fails ends the socket: what a client sent behind it are frames, and would be read as
// requests, which a page elsewhere may have written.
void http_session::upgrade_to(const router::websocket& route, std::span<const std::byte> rest) {
  auto checked = check_upgrade(request_);
  if (auto* refusal = std::get_if<response>(&checked)) {
    const bool is_plain = !request_.header("Upgrade");
    if (!is_plain) log_refusal(*refusal);
    return answer(*refusal, is_plain && keeps_alive());
  }
  auto& offer = std::get<upgrade_offer>(checked);
  if (auto refusal = refuse_upgrade(route, offer)) {
    log_refusal(*refusal);
    return answer(*refusal, false);
  }
  // Before the 101, though there is no body to wait for.
  if (offer.expects_continue) out().append_raw(go_on);
  // Answers to requests before this one; a client that pipelines an upgrade behind them, and then does
  // not take them, is not waited for.
  if (!write_outbox()) {
    if (phase_ != phase::gone) leave();
    return;
  }
  unhook();
  // What follows the request lies in the loop's own buffer, or in ours, both written to freely.
  std::span early{const_cast<std::byte*>(rest.data()), rest.size()};
  phase_ = phase::gone;
  connection::open(home_, socket_.fd, *this, *route.type, std::move(request_), std::move(offer),
                   early);
}

void http_session::log_refusal(const response& with) const {
  if (is_logged(log_level::debug))
    log_debug("handshake at " + printable(request_.path()) + " from " + to_string(request_.peer()) +
              " refused: " + std::to_string(with.status));
}

/// What the route does not allow, before its handler is asked.
std::optional<response> http_session::refuse_upgrade(const router::websocket& route,
                                                     upgrade_offer& offer) {
  if (!offer.origin.empty() && !route.origins.allows(offer.origin, request_.authority())) {
    home_.services().clients.report(
        log_level::warning, "pages refused at " + route.type->route, [&] {
          return "handshake at " + printable(request_.path()) + " from " +
                 to_string(request_.peer()) + " refused: pages of \"" + printable(offer.origin) +
                 "\" are not allowed there";
        });
    return response::text(403, "pages of this origin may not connect\n");
  }
  if (!choose_subprotocol(offer, route.subprotocols))
    return response::text(400, "none of the offered subprotocols is spoken here\n");
  if (!offer.subprotocol.empty()) request_.set_subprotocol(std::string{offer.subprotocol});
  return std::nullopt;
}

// Answers to earlier requests leave now if they can; those that cannot leave with this one.
void http_session::ask(const slow_page& ask_page) {
  if (outbox_ && outbox_->write_to(socket_.fd) == outbox::result::failed) return leave();
  phase_ = phase::asking;
  later_ = std::make_shared<http_session*>(this);
  home_.change(socket_.fd, *this, readiness::peer_left);
  home_.set_deadline(*this, loop::later(home_.now(), options_.answer_timeout));
  auto done = [later = later_, post = home_.poster()](response with) {
    post([later, with = std::move(with)] {
      if (auto* self = *later) self->answer_late(with);
    });
  };
  try {
    ask_page(request_, std::move(done));
  } catch (...) {
    release_later();
    answer(page_failed());
  }
}

void http_session::answer_late(const response& with) {
  release_later();
  if (outbox_) home_.flush_later(*outbox_); // it may have been flushed before
  answer(with);
  if (phase_ == phase::reading)
    next_request();
  else if (phase_ != phase::gone)
    charge(); // what was asked is gone
  destroy_if_gone();
}

/// Whatever answers later from now on is not listened to.
void http_session::release_later() {
  *std::exchange(later_, nullptr) = nullptr;
  phase_ = phase::reading;
  home_.change(socket_.fd, *this, readiness::readable);
}

// Inside a catch block: what a page's author did wrong is logged, and the client gets a 500.
response http_session::page_failed() const {
  const auto what = current_exception_info();
  home_.services().clients.report(log_level::error, "exceptions of pages, " + what.type, [&] {
    return "page " + printable(request_.path()) + ": " + what.type + ": " + printable(what.text);
  });
  return response::text(500, "the page failed\n");
}

void http_session::on_deadline() {
  if (phase_ == phase::asking) {
    answer_late(response::text(503, "no answer in time\n"));
    return;
  }
  if (phase_ == phase::writing) reset_on_close(socket_.fd); // it takes nothing
  if (phase_ == phase::writing || !parser_.started())
    leave(); // or it never asked: nobody waits for an answer
  else
    answer(response::text(408, "the request did not come in time\n"), false);
  destroy_if_gone();
}

void http_session::on_stop(bool) {
  leave();
  destroy_if_gone();
}

void http_session::leave() {
  if (later_) *later_ = nullptr;
  if (outbox_) home_.close_outbox(*outbox_);
  home_.remove(socket_.fd, *this);
  close_socket(socket_.fd);
  phase_ = phase::gone;
}

} // namespace vaquero
