#include "net/http_session.hpp"

#include "net/connection.hpp"
#include "net/last_response.hpp"
#include "net/lingering_close.hpp"
#include "net/socket.hpp"
#include "net/websocket/handshake.hpp"
#include "runtime/crash_log.hpp"
#include "runtime/log.hpp"

#include <stdexcept>

namespace vaquero {

http_session::http_session(loop& home, int fd, std::shared_ptr<const router> routes,
                           const http_options& options)
    : home_(home), routes_(std::move(routes)), options_(options), parser_(options.limits), fd_(fd) {
}

void http_session::open(loop& home, int fd, std::shared_ptr<const router> routes,
                        const http_options& options) {
  std::unique_ptr<http_session> self{new http_session{home, fd, std::move(routes), options}};
  home.add(fd, *self, readiness::readable);
  home.set_deadline(*self, loop::later(home.now(), options.request_timeout));
  self.release(); // it destroys itself
}

void http_session::on_ready(readiness what) {
  if (later_) return leave(); // the client has gone while its answer was made
  if (!(what & readiness::readable)) return leave();
  auto buffer = home_.receive_buffer();
  const auto count = receive(fd_, buffer);
  if (count < 0 && would_block(errno)) return;
  if (count <= 0) return leave();
  std::span<const std::byte> input = buffer.first(static_cast<std::size_t>(count));
  const auto result = parser_.feed(input);
  switch (result.is) {
    case parse_result::state::need_more: return;
    case parse_result::state::error:
      return answer(response::text(result.status, std::string{result.reason} + "\n"));
    case parse_result::state::complete: return handle(input);
  }
}

void http_session::handle(std::span<const std::byte> rest) {
  request_ = parser_.take();
  request_.set_peer(peer_of(fd_));
  const auto [target, status] = routes_->find(request_);
  if (!target) return answer(response::text(status, "nothing here\n"));
  if (auto* handler = std::get_if<router::websocket>(target)) return upgrade_to(*handler, rest);
  if (request_.method() != "GET" && request_.method() != "HEAD") {
    auto refusal = response::text(405, "GET and HEAD only\n");
    refusal.headers.push_back({"Allow", "GET, HEAD"});
    return answer(refusal);
  }
  if (auto* later = std::get_if<slow_page>(target)) return ask(*later);
  try {
    answer(std::get<page>(*target)(request_));
  } catch (...) {
    answer(page_failed());
  }
}

void http_session::upgrade_to(const router::websocket& route, std::span<const std::byte> rest) {
  auto checked = check_upgrade(request_);
  if (auto* refusal = std::get_if<response>(&checked)) return answer(*refusal);
  auto& offer = std::get<upgrade_offer>(checked);
  if (auto refusal = refuse_upgrade(route, offer)) return answer(*refusal);
  unhook();
  // What follows the request lies in the loop's own buffer, which is written to freely.
  std::span early{const_cast<std::byte*>(rest.data()), rest.size()};
  connection::open(home_, fd_, *this, *route.type, std::move(request_), offer, early);
  delete this;
}

/// What the route does not allow, before its handler is asked.
std::optional<response> http_session::refuse_upgrade(const router::websocket& route,
                                                     upgrade_offer& offer) {
  if (!route.origins.allows(offer.origin, request_.authority())) {
    log_warning("handshake at " + printable(request_.path()) + " from " +
                to_string(request_.peer()) + " refused: pages of \"" + printable(offer.origin) +
                "\" are not allowed there");
    return response::text(403, "pages of this origin may not connect\n");
  }
  if (!choose_subprotocol(offer, route.subprotocols))
    return response::text(400, "none of the offered subprotocols is spoken here\n");
  request_.set_subprotocol(std::string{offer.subprotocol});
  return std::nullopt;
}

void http_session::ask(const slow_page& ask_page) {
  later_ = std::make_shared<http_session*>(this);
  home_.change(fd_, *this, readiness::peer_left);
  home_.set_deadline(*this, loop::later(home_.now(), options_.answer_timeout));
  auto done = [later = later_, post = home_.poster()](response with) {
    post([later, with = std::move(with)] {
      if (auto* self = std::exchange(*later, nullptr)) self->answer(with);
    });
  };
  try {
    ask_page(request_, std::move(done));
  } catch (...) {
    answer(page_failed());
  }
}

// Inside a catch block: what a page's author did wrong is logged, and the client gets a 500.
response http_session::page_failed() const {
  const auto what = current_exception_info();
  log_error("page " + printable(request_.path()) + ": " + what.type + ": " + printable(what.text));
  return response::text(500, "the page failed\n");
}

// What a page's author can do wrong in a response is found here, maybe long after the page returned.
std::string http_session::bytes_of(const response& with) const {
  const bool is_head = request_.method() == "HEAD";
  try {
    return last_response(with, is_head);
  } catch (const std::invalid_argument&) {
    return last_response(page_failed(), is_head);
  }
}

void http_session::answer(const response& with) {
  const auto bytes = bytes_of(with);
  auto& rest = home_.open_outbox(*this);
  rest.append_raw(bytes);
  unhook();
  if (later_) *later_ = nullptr;
  lingering_close::take_over(home_, fd_, *this, &rest,
                             {options_.send_timeout, options_.close_timeout});
  delete this;
}

void http_session::on_deadline() {
  if (later_) return answer(response::text(503, "no answer in time\n"));
  if (!parser_.started()) return leave(); // it never asked: nobody waits for an answer
  answer(response::text(408, "the request did not come in time\n"));
}

void http_session::on_stop(bool) { leave(); }

void http_session::leave() {
  if (later_) *later_ = nullptr;
  home_.remove(fd_, *this);
  close_socket(fd_);
  delete this;
}

} // namespace vaquero
